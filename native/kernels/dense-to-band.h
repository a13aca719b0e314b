/*
 * Dense to band, the first of two stages [GVL13, 8.3; HLD11]. Step p factorises the panel below tile (p, p) into R and
 * I - V T V', and applies that from both sides to the matrix A behind it:
 *
 *   A + V Z' + Z V',  Z = -(X T - 1/2 V T'(V'X) T),  X = A V.
 *
 * The update of step p - 1 and the product X of step p go through A together, tile by tile, so that A is read once a
 * step. `update` holds for each row of tiles V', Z' and V' again: 64 rows from the first are (V Z)', from the second
 * (Z V)'.
 */
#define MATRIX(I, J) ((T *)s->gram + tile_at(I, J))
#define UPDATE(I) ((T *)s->update + (I) * 3 * TILE_ENTRIES)
#define PANEL(I) ((T *)s->panel + (I) * TILE_ENTRIES)
#define PRODUCT(I) ((T *)s->product + (I) * TILE_ENTRIES)

/* Tile (I, J) += V_I Z_J' + Z_I V_J'. */
FUNCTION void TYPED(update_tile)(spectral *s, int64_t I, int64_t J) {
  TYPED(add_transposed_products)(UPDATE(I), UPDATE(J) + TILE_ENTRIES, MATRIX(I, J),
                                 (TYPED(blocks)){.depth = 2 * TILE, .count = 1});
}

/* C += A_0'B_0 + A_1'B_1 + ... for tiles of A one below the other, and tiles of B end to end. */
FUNCTION void TYPED(add_column_product)(const T *a, int64_t a_row, const T *b, T *c, int64_t count) {
  TYPED(add_transposed_products)(a, b, c,
                                 (TYPED(blocks)){.depth = TILE, .count = count, .a_step = (a_row + 1) * TILE_ENTRIES,
                                                 .a_growth = TILE_ENTRIES, .b_step = TILE_ENTRIES});
}

/* Share: four tiles of column p are updated by step p - 1 and copied to the panel. */
FUNCTION void TYPED(begin_panel)(spectral *s, int64_t share) {
  int64_t p = s->step, first = p + SHARE_TILES * share, end = smaller(first + SHARE_TILES, s->tiles);
  for (int64_t I = first; I < end; I++) {
    if (p > 0) TYPED(update_tile)(s, I, p);
    if (I > p) memcpy(PANEL(I), MATRIX(I, p), TILE_ENTRIES * sizeof(T));
  }
}

/* Partial sums of X that the shares make for the rows above their own: those of group g begin at this tile. */
static inline int64_t TYPED(partial_at)(const spectral *s, int64_t group) {
  return s->group * group * (group - 1) / 2 * TILE_ENTRIES;
}

/*
 * Share: a group of rows of tiles, the longest first. Its tiles are updated; times V they give X for its own rows, and
 * transposed, as the upper triangle, partial sums for the rows above.
 */
FUNCTION void TYPED(multiply)(spectral *s, int64_t share) {
  int64_t p = s->step, group = (s->tiles - p - 2) / s->group - share;
  int64_t first = p + 1 + group * s->group, end = smaller(first + s->group, s->tiles);
  T *above = (T *)s->partial + TYPED(partial_at)(s, group);
  memset(PRODUCT(first), 0, (size_t)(end - first) * TILE_ENTRIES * sizeof(T));
  memset(above, 0, (size_t)(first - p - 1) * TILE_ENTRIES * sizeof(T));
  /* Left of the group's own square, four columns of tiles at a time: they stay in the cache. */
  for (int64_t J = p + 1; J < first; J += SHARE_TILES) {
    int64_t last = smaller(J + SHARE_TILES, first);
    for (int64_t I = first; I < end; I++) {
      if (p > 0)
        for (int64_t j = J; j < last; j++) TYPED(update_tile)(s, I, j);
      TYPED(add_products)(MATRIX(I, J), PANEL(J), PRODUCT(I), last - J);
    }
    for (int64_t j = J; j < last; j++)
      TYPED(add_column_product)(MATRIX(first, j), first, PANEL(first), above + (j - p - 1) * TILE_ENTRIES, end - first);
  }
  /* The square: its lower triangle, then what the upper one adds. Diagonal tiles are whole. */
  for (int64_t I = first; I < end; I++) {
    if (p > 0)
      for (int64_t J = first; J <= I; J++) TYPED(update_tile)(s, I, J);
    TYPED(add_products)(MATRIX(I, first), PANEL(first), PRODUCT(I), I - first + 1);
  }
  for (int64_t J = first; J < end - 1; J++)
    TYPED(add_column_product)(MATRIX(J + 1, J), J + 1, PANEL(J + 1), PRODUCT(J), end - J - 1);
}

/* Share: four rows of tiles of X get the partial sums of the groups below them, in order. */
FUNCTION void TYPED(gather)(spectral *s, int64_t share) {
  int64_t left = s->tiles - s->step - 1, groups = ceil_divide(left, s->group);
  int64_t end = smaller(SHARE_TILES * (share + 1), left);
  for (int64_t row = SHARE_TILES * share; row < end; row++)
    for (int64_t g = row / s->group + 1; g < groups; g++) {
      T *to = PRODUCT(s->step + 1 + row);
      const T *from = (T *)s->partial + TYPED(partial_at)(s, g) + row * TILE_ENTRIES;
      for (int k = 0; k < TILE_ENTRIES; k++) to[k] += from[k];
    }
}

/* Share: Z = X (-T) + V (1/2 T'V'X T) of four rows of tiles, and V, transposed, for the updates. */
FUNCTION void TYPED(pack_update)(spectral *s, int64_t share) {
  int64_t first = s->step + 1 + SHARE_TILES * share, end = smaller(first + SHARE_TILES, s->tiles);
  for (int64_t I = first; I < end; I++) {
    T z[TILE_ENTRIES] = {0}, *v = PANEL(I), *u = UPDATE(I);
    TYPED(add_products)(PRODUCT(I), s->factor, z, 1);
    TYPED(add_products)(v, s->half, z, 1);
    for (int i = 0; i < TILE; i++)
      for (int j = 0; j < TILE; j++) {
        u[j * TILE + i] = v[i * TILE + j];
        u[TILE_ENTRIES + j * TILE + i] = z[i * TILE + j];
      }
    memcpy(u + 2 * TILE_ENTRIES, u, TILE_ENTRIES * sizeof(T));
  }
}

/* From T and X: -T goes to `factor` and 1/2 T'(V'X) T to `half`. */
FUNCTION void TYPED(middle_factors)(spectral *s, int64_t left) {
  T products[TILE_ENTRIES] = {0}, right[TILE_ENTRIES] = {0}, *factor = s->factor, *half = s->half;
  memset(half, 0, TILE_ENTRIES * sizeof(T));
  TYPED(add_long_transposed_product)(PANEL(s->step + 1), PRODUCT(s->step + 1), left * TILE, products);
  TYPED(add_products)(products, factor, right, 1);
  TYPED(add_transposed_product)(factor, right, TILE, half);
  for (int k = 0; k < TILE_ENTRIES; k++) {
    half[k] *= (T)0.5;
    factor[k] = -factor[k];
  }
}

/* The finished band, in f64: entry i of column j is that of row j + i. */
FUNCTION void TYPED(copy_band)(spectral *s) {
  memset(s->band, 0, (size_t)(s->tiles * TILE + SLACK) * BAND_COLUMN * sizeof(double));
  for (int64_t p = 0; p < s->tiles; p++)
    for (int j = 0; j < TILE; j++) {
      double *column = s->band + (p * TILE + j) * BAND_COLUMN;
      for (int i = j; i < TILE; i++) column[i - j] = MATRIX(p, p)[i * TILE + j];
      for (int i = 0; p + 1 < s->tiles && i <= j; i++) column[TILE + i - j] = MATRIX(p + 1, p)[i * TILE + j];
    }
}

/* The whole reduction. With `keeps_reflectors`, V and T of each step stay for the eigenvectors (f64 only). */
FUNCTION int TYPED(dense_to_band)(spectral *s) {
  int64_t kept = 0;
  for (s->step = 0; s->step < s->tiles; s->step++) {
    int64_t p = s->step, left = s->tiles - p - 1;
    run_stage(s, TYPED(begin_panel), ceil_divide(s->tiles - p, SHARE_TILES));
    if (is_stopped(s)) return SPECTRAL_STOPPED;
    if (left == 0) break;
    TYPED(factorise_panel)(PANEL(p + 1), left * TILE, MATRIX(p + 1, p), s->factor, s->work);
    if (IS_F64 && s->keeps_reflectors) {
      memcpy((T *)s->reflectors + kept * TILE_ENTRIES, PANEL(p + 1), (size_t)left * TILE_ENTRIES * sizeof(T));
      memcpy((T *)s->factors + p * TILE_ENTRIES, s->factor, TILE_ENTRIES * sizeof(T));
      kept += left;
    }
    s->group = product_group(left);
    run_stage(s, TYPED(multiply), ceil_divide(left, s->group));
    run_stage(s, TYPED(gather), ceil_divide(left, SHARE_TILES));
    if (is_stopped(s)) return SPECTRAL_STOPPED;
    TYPED(middle_factors)(s, left);
    run_stage(s, TYPED(pack_update), ceil_divide(left, SHARE_TILES));
  }
  TYPED(copy_band)(s);
  return SPECTRAL_OK;
}
#undef MATRIX
#undef UPDATE
#undef PANEL
#undef PRODUCT
