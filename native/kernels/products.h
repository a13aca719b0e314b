/*
 * Products of tiles: 32 x 32 numbers, row after row. Everything of order M^3 is done here. Sums of BLOCK_ROWS x 2
 * vectors stay in registers [GG08].
 */
enum { TYPED(BLOCK_ROWS) = VECTOR_BYTES == 64 ? 8 : 4 };

/* Blocks of A and of B that are multiplied one after another: A_0'B_0 + A_1'B_1 + ... Steps are in numbers. */
typedef struct {
  int depth; /* rows of a block, of 32 numbers each */
  int64_t count;
  int64_t a_step;   /* from a block of A to the next */
  int64_t a_growth; /* by how much that step grows each time: rows of a lower triangle of tiles */
  int64_t b_step;
} TYPED(blocks);

/* C += A_0'B_0 + A_1'B_1 + ... */
INLINE void TYPED(add_transposed_products)(const T *a, const T *b, T *c, TYPED(blocks) blocks) {
  for (int j = 0; j < TILE; j += 2 * LANES)
    for (int i = 0; i < TILE; i += TYPED(BLOCK_ROWS)) {
      VECTOR sum[TYPED(BLOCK_ROWS)][2];
      for (int r = 0; r < TYPED(BLOCK_ROWS); r++) sum[r][0] = sum[r][1] = (VECTOR){0};
      const T *x = a + i, *y = b + j;
      int64_t a_step = blocks.a_step;
      for (int64_t t = 0; t < blocks.count; t++) {
        const T *xk = x, *yk = y;
        for (int k = 0; k < blocks.depth; k++, xk += TILE, yk += TILE) {
          VECTOR y0 = AT(yk), y1 = AT(yk + LANES);
          for (int r = 0; r < TYPED(BLOCK_ROWS); r++) {
            sum[r][0] += xk[r] * y0;
            sum[r][1] += xk[r] * y1;
          }
        }
        x += a_step;
        y += blocks.b_step;
        a_step += blocks.a_growth;
      }
      for (int r = 0; r < TYPED(BLOCK_ROWS); r++) {
        AT(c + (i + r) * TILE + j) += sum[r][0];
        AT(c + (i + r) * TILE + j + LANES) += sum[r][1];
      }
    }
}

/*
 * C += A_0 B_0 + A_1 B_1 + ... for `count` tiles end to end, in one sum per entry. A sum has at most 8 tiles, those of
 * a group of rows (product_group): longer ones would add up equal roundings, see PIECE_ROWS.
 */
FUNCTION void TYPED(add_products)(const T *a, const T *b, T *c, int64_t count) {
  for (int i = 0; i < TILE; i += TYPED(BLOCK_ROWS))
    for (int j = 0; j < TILE; j += 2 * LANES) {
      VECTOR sum[TYPED(BLOCK_ROWS)][2];
      for (int r = 0; r < TYPED(BLOCK_ROWS); r++) sum[r][0] = sum[r][1] = (VECTOR){0};
      for (int64_t t = 0; t < count; t++) {
        const T *x = a + t * TILE_ENTRIES + i * TILE, *y = b + t * TILE_ENTRIES + j;
        for (int k = 0; k < TILE; k++, x++, y += TILE) {
          VECTOR y0 = AT(y), y1 = AT(y + LANES);
          for (int r = 0; r < TYPED(BLOCK_ROWS); r++) {
            sum[r][0] += x[r * TILE] * y0;
            sum[r][1] += x[r * TILE] * y1;
          }
        }
      }
      for (int r = 0; r < TYPED(BLOCK_ROWS); r++) {
        AT(c + (i + r) * TILE + j) += sum[r][0];
        AT(c + (i + r) * TILE + j + LANES) += sum[r][1];
      }
    }
}

/*
 * Terms of a sum that are added one after another. Long sums are made of pieces: equal terms (a constant matrix) round
 * in the same direction every time, an error of as many eps as a piece has terms.
 */
enum { TYPED(PIECE_ROWS) = 32 };

/* C += A'B for two strips of `depth` rows. */
FUNCTION void TYPED(add_transposed_product)(const T *a, const T *b, int depth, T *c) {
  TYPED(add_transposed_products)(a, b, c, (TYPED(blocks)){.depth = depth, .count = 1});
}

/* The same for strips of any length, in pieces. */
FUNCTION void TYPED(add_long_transposed_product)(const T *a, const T *b, int64_t rows, T *c) {
  for (int64_t r = 0; r < rows; r += TYPED(PIECE_ROWS))
    TYPED(add_transposed_product)(a + r * TILE, b + r * TILE, (int)smaller(TYPED(PIECE_ROWS), rows - r), c);
}
