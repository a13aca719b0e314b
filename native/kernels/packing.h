/* Values of W as rows of the operand: strips of 32 columns, each row of a strip 32 numbers, scaled and converted. */

/* `count` rows of W, behind those that the operand has. */
FUNCTION void TYPED(pack_rows)(spectral *s, const void *rows, int is64, int64_t count, double scale) {
  for (int64_t J = 0; J < s->tiles; J++) {
    T *to = (T *)s->operand + (J * s->capacity + s->filled) * TILE;
    int64_t columns = smaller(TILE, s->M - J * TILE);
    for (int64_t i = 0; i < count; i++, to += TILE) {
      int64_t from = i * s->M + J * TILE;
      if (is64)
        for (int64_t j = 0; j < columns; j++) to[j] = (T)(((const double *)rows)[from + j] * scale);
      else if (columns == TILE)
        for (int64_t j = 0; j < TILE; j++) to[j] = (T)(((const float *)rows)[from + j] * scale);
      else
        for (int64_t j = 0; j < columns; j++) to[j] = (T)(((const float *)rows)[from + j] * scale);
    }
  }
}

/* A part of a stored row of a wide matrix is a part of a column of W. */
FUNCTION void TYPED(pack_column)(void *column, const void *values, int is64, int64_t count, double scale) {
  T *to = column;
  if (is64)
    for (int64_t k = 0; k < count; k++) to[k * TILE] = (T)(((const double *)values)[k] * scale);
  else
    for (int64_t k = 0; k < count; k++) to[k * TILE] = (T)(((const float *)values)[k] * scale);
}
