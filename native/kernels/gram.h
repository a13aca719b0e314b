/* The Gram matrix. It is f64 in every precision; below f64, products and their sums over 256 rows are f32. */

/* Tile += A'B for two strips of `depth` rows. */
INLINE void TYPED(add_to_gram)(double *tile, const T *a, const T *b, int depth) {
  if (IS_F64) {
    TYPED(add_transposed_product)(a, b, depth, (T *)tile);
  } else {
    T sum[TILE_ENTRIES] = {0};
    TYPED(add_transposed_product)(a, b, depth, sum);
    for (int k = 0; k < TILE_ENTRIES; k++) tile[k] += sum[k];
  }
}

/* G += P'P for the panel P, for four rows of tiles; the longest rows come first. */
FUNCTION void TYPED(gram)(spectral *s, int64_t share) {
  int64_t end = s->tiles - SHARE_TILES * share;
  int64_t first = end > SHARE_TILES ? end - SHARE_TILES : 0;
  int64_t strip = s->capacity * TILE;
  const T *panel = s->operand;
  for (int64_t J = 0; J < end; J++)
    for (int64_t I = first > J ? first : J; I < end; I++)
      TYPED(add_to_gram)(s->gram + tile_at(I, J), panel + I * strip, panel + J * strip, (int)s->filled);
}

/* A tile of G from two complete rows of tiles of a wide matrix, panel by panel as above: the bits are the same. */
FUNCTION void TYPED(gram_wide)(spectral *s, int64_t share) {
  int64_t I = s->step, J = s->first_held + share;
  int64_t strip = s->capacity * TILE;
  const T *held = s->operand;
  const T *a = held + smaller(I - s->first_held, s->held) * strip, *b = held + share * strip;
  for (int64_t from = 0; from < s->N; from += PANEL_ROWS)
    TYPED(add_to_gram)(s->gram + tile_at(I, J), a + from * TILE, b + from * TILE,
                       (int)smaller(PANEL_ROWS, s->N - from));
}
