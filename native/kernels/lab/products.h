/* Blocks of products: the inner loops of everything with weights. */

/* Terms that are summed in registers. So much of a strip of B stays in the cache while the rows of A go by. */
#define DEPTH (LAB_CACHED / STRIP)

/*
 * C += A B for `rows` <= ROWS rows of A and one strip of B, of which `columns` count. With one or two rows, even and
 * odd terms have sums of their own: four chains of multiply-adds would wait for each other.
 */
INLINE void ON(lab_add_block)(const float *a, int64_t a_step, const float *b, int64_t depth, int rows,
                              int64_t columns, float *c, int64_t c_step) {
  VECTOR sum[ROWS][2], odd[2][2];
  for (int r = 0; r < rows; r++) sum[r][0] = sum[r][1] = (VECTOR){0};
  int64_t k = 0;
  if (rows <= 2) {
    for (int r = 0; r < rows; r++) odd[r][0] = odd[r][1] = (VECTOR){0};
    for (; k + 1 < depth; k += 2, b += 2 * STRIP) {
      VECTOR b0 = AT(b), b1 = AT(b + LANES), b2 = AT(b + STRIP), b3 = AT(b + STRIP + LANES);
      for (int r = 0; r < rows; r++) {
        sum[r][0] += a[r * a_step + k] * b0;
        sum[r][1] += a[r * a_step + k] * b1;
        odd[r][0] += a[r * a_step + k + 1] * b2;
        odd[r][1] += a[r * a_step + k + 1] * b3;
      }
    }
    for (int r = 0; r < rows; r++)
      for (int j = 0; j < 2; j++) sum[r][j] += odd[r][j];
  }
  for (; k < depth; k++, b += STRIP) {
    VECTOR b0 = AT(b), b1 = AT(b + LANES);
    for (int r = 0; r < rows; r++) {
      sum[r][0] += a[r * a_step + k] * b0;
      sum[r][1] += a[r * a_step + k] * b1;
    }
  }
  for (int r = 0; r < rows; r++, c += c_step) {
    if (columns >= STRIP) {
      AT(c) += sum[r][0];
      AT(c + LANES) += sum[r][1];
    } else {
      for (int j = 0; j < columns; j++) c[j] += sum[r][j / LANES][j % LANES];
    }
  }
}

/* The same for any number of rows of A. */
FUNCTION void ON(lab_add_products)(lab_matrix a, const float *b, float *c, int64_t c_step, int64_t columns) {
  for (int64_t row = 0; row < a.rows; row += ROWS) {
    const float *from = a.start + row * a.step;
    float *to = c + row * c_step;
#define BLOCK(n)                                                                                                      \
  case n:                                                                                                             \
    ON(lab_add_block)(from, a.step, b, a.columns, n < ROWS ? n : ROWS, columns, to, c_step);                           \
    break;
    switch (smaller(ROWS, a.rows - row)) {
      BLOCK(1)
      BLOCK(2)
      BLOCK(3)
      BLOCK(4)
      BLOCK(5)
      BLOCK(6)
      BLOCK(7)
      BLOCK(8)
    }
#undef BLOCK
  }
}

/* The products of a packed strip of ROWS columns of X with one of STRIP columns of dY: a tile of the gradient. */
INLINE void ON(lab_tile)(const float *a, const float *b, int64_t depth, VECTOR sum[ROWS][2]) {
  for (int r = 0; r < ROWS; r++) sum[r][0] = sum[r][1] = (VECTOR){0};
  for (int64_t k = 0; k < depth; k++, a += ROWS, b += STRIP) {
    VECTOR b0 = AT(b), b1 = AT(b + LANES);
    for (int r = 0; r < ROWS; r++) {
      sum[r][0] += a[r] * b0;
      sum[r][1] += a[r] * b1;
    }
  }
}
