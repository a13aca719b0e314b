/*
 * Eigenvectors: Z' = R'Q2'Q1', where Q1 is the product of the panels' reflectors, Q2 that of the chase's, and R that of
 * the rotations of QL. Z' is held in slabs of 32 columns, each of which is computed on its own.
 */

/* Q1' of a slab that begins as a part of the identity: I - V T'V' for one panel after another. */
INLINE void ON(apply_panels)(const spectral *s, double *slab) {
  const double *v = s->reflectors;
  for (int64_t p = 0; p + 1 < s->tiles; p++) {
    int64_t left = s->tiles - p - 1;
    double product[TILE_ENTRIES] = {0}, factor[TILE_ENTRIES] = {0};
    ON(add_long_transposed_product_f64)(v, slab + (p + 1) * TILE_ENTRIES, left * TILE, product);
    ON(add_transposed_product_f64)(s->factors + p * TILE_ENTRIES, product, TILE, factor);
    for (int k = 0; k < TILE_ENTRIES; k++) factor[k] = -factor[k];
    for (int64_t i = 0; i < left; i++)
      ON(add_products_f64)(v + i * TILE_ENTRIES, factor, slab + (p + 1 + i) * TILE_ENTRIES, 1);
    v += left * TILE_ENTRIES;
  }
}

/* Rows r ... r + rows - 1 of a slab, times I - tau u u'. */
INLINE void ON(apply_reflector)(double *first_row, const double *u, int64_t rows) {
  double tau = u[TILE];
  for (int g = 0; g < VECTORS; g += AT_ONCE) {
    double *z = first_row + g * LANES;
    VECTOR even[AT_ONCE], odd[AT_ONCE];
    for (int q = 0; q < AT_ONCE; q++) even[q] = odd[q] = (VECTOR){0};
    for (int64_t i = 0; i + 1 < rows; i += 2)
      for (int q = 0; q < AT_ONCE; q++) {
        even[q] += u[i] * AT(z + i * TILE + q * LANES);
        odd[q] += u[i + 1] * AT(z + (i + 1) * TILE + q * LANES);
      }
    if (rows % 2 == 1)
      for (int q = 0; q < AT_ONCE; q++) even[q] += u[rows - 1] * AT(z + (rows - 1) * TILE + q * LANES);
    for (int q = 0; q < AT_ONCE; q++) even[q] = (even[q] + odd[q]) * -tau;
    for (int64_t i = 0; i < rows; i++)
      for (int q = 0; q < AT_ONCE; q++) AT(z + i * TILE + q * LANES) += u[i] * even[q];
  }
}

/*
 * Q2' of a slab. Sweeps are applied in groups, from the bottom block up: the reflectors of a group meet the same rows
 * of the slab, which stay in the cache. Reflectors of different sweeps and blocks that touch the same rows keep their
 * order.
 */
INLINE void ON(apply_chase)(const spectral *s, double *slab) {
  enum { SWEEP_GROUP = 16 };
  int64_t n = s->M;
  for (int64_t begin = 0; begin < n - 2; begin += SWEEP_GROUP) {
    int64_t end = smaller(begin + SWEEP_GROUP, n - 2);
    for (int64_t b = (n - begin - 2) / TILE; b >= 0; b--)
      for (int64_t k = begin; k < end; k++) {
        int64_t row = k + 1 + TILE * b;
        if (row >= n) continue;
        const double *u = s->chased + (s->chase_starts[k] + b) * CHASE_REFLECTOR;
        if (u[TILE] != 0) ON(apply_reflector)(slab + row * TILE, u, smaller(TILE, n - row));
      }
  }
}

/* Share: one slab of Q2'Q1'. */
FUNCTION void ON(make_slab)(spectral *s, int64_t share) {
  double *slab = s->slabs + share * s->tiles * TILE_ENTRIES;
  for (int i = 0; i < TILE; i++) slab[(share * TILE + i) * TILE + i] = 1;
  ON(apply_panels)(s, slab);
  ON(apply_chase)(s, slab);
}

/*
 * Share: the rotations of all turns on one slab. A turn is up to four sweeps at once (eigenvectors.c: combine_sweeps).
 * Stage q holds a row back; the row that comes out of it goes on to stage q + 1. A rotation by nothing (1, 0) passes
 * rows on: that is how the stages fill and empty.
 */
FUNCTION void ON(rotate_slab)(spectral *s, int64_t share) {
  enum { STAGES = 4, WIDE = VECTOR_BYTES == 64 ? 4 : VECTOR_BYTES == 32 ? 2 : 1 };
  double *slab = s->slabs + share * s->tiles * TILE_ENTRIES;
  for (int64_t k = 0; k < s->turn_count; k++)
    for (int g = 0; g < VECTORS; g += WIDE) {
      const double *r = s->turns + s->sweeps[k].at;
      int64_t first = s->sweeps[k].first, last = s->sweeps[k].last;
      VECTOR held[STAGES][WIDE];
      for (int q = 0; q < STAGES; q++)
        for (int w = 0; w < WIDE; w++) held[q][w] = (VECTOR){0};
      for (int64_t i = last; i >= first - STAGES; i--, r += 2 * STAGES) {
        VECTOR x[WIDE];
        double *z = slab + i * TILE + g * LANES;
        for (int w = 0; w < WIDE; w++) x[w] = i >= first ? AT(z + w * LANES) : (VECTOR){0};
#pragma GCC unroll 4
        for (int q = 0; q < STAGES; q++)
          for (int w = 0; w < WIDE; w++) {
            VECTOR out = r[2 * q + 1] * x[w] + r[2 * q] * held[q][w];
            held[q][w] = r[2 * q] * x[w] - r[2 * q + 1] * held[q][w];
            x[w] = out;
          }
        if (i + STAGES <= last)
          for (int w = 0; w < WIDE; w++) AT(z + STAGES * TILE + w * LANES) = x[w];
      }
    }
}
