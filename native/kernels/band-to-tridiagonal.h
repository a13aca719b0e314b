/*
 * Band to tridiagonal, the second stage: sweep k makes column k tridiagonal by a reflector of 32 rows; the fill that
 * this makes in the next block is removed by another reflector, and so on down the band (bulge chasing, [GVL13, 8.3.6];
 * [HLD11]). Column j of the band: rows j ... j + 63. Down a row of the matrix one steps BAND_COLUMN - 1 doubles.
 */
enum { ON(BAND_STEP) = BAND_COLUMN - 1 };

/* Maps x (32 numbers) to (beta, 0 ... 0) by I - tau v v'; v goes to `v`, tau is returned. */
INLINE double ON(make_reflector)(double *x, double *v) {
  double alpha = x[0];
  VECTOR sum = {0};
  x[0] = 0;
  for (int q = 0; q < VECTORS; q++) sum += AT(x + q * LANES) * AT(x + q * LANES);
  double tail = ON(total)(sum);
  x[0] = alpha;
  /* Written so that NaN stays without a reflector. */
  if (!(tail > NEGLIGIBLE_SQUARE)) {
    memset(x + 1, 0, (TILE - 1) * sizeof(double));
    return 0;
  }
  double beta = -copysign(sqrt(alpha * alpha + tail), alpha), inverse = 1 / (alpha - beta);
  for (int q = 0; q < VECTORS; q++) {
    AT(v + q * LANES) = AT(x + q * LANES) * inverse;
    AT(x + q * LANES) = (VECTOR){0};
  }
  v[0] = 1;
  x[0] = beta;
  return (beta - alpha) / beta;
}

/* The block below the diagonal block, times the reflector from the right: B - tau (B v) v'. */
INLINE void ON(apply_from_right)(double *block, const double *v, double tau) {
  for (int g = 0; g < VECTORS; g += AT_ONCE) {
    VECTOR y[AT_ONCE];
    for (int q = 0; q < AT_ONCE; q++) y[q] = (VECTOR){0};
    for (int j = 0; j < TILE; j++)
      for (int q = 0; q < AT_ONCE; q++) y[q] += v[j] * AT(block + j * ON(BAND_STEP) + (g + q) * LANES);
    for (int q = 0; q < AT_ONCE; q++) y[q] *= -tau;
    for (int j = 0; j < TILE; j++)
      for (int q = 0; q < AT_ONCE; q++) AT(block + j * ON(BAND_STEP) + (g + q) * LANES) += v[j] * y[q];
  }
}

/* The other 31 columns of that block, times the next reflector from the left. */
INLINE void ON(apply_from_left)(double *column, const double *u, double tau) {
  for (int j = 1; j < TILE; j++, column += ON(BAND_STEP)) {
    VECTOR a = {0}, b = {0};
    for (int q = 0; q < VECTORS; q += 2) {
      a += AT(u + q * LANES) * AT(column + q * LANES);
      b += AT(u + (q + 1) * LANES) * AT(column + (q + 1) * LANES);
    }
    double z = -tau * ON(total)(a + b);
    for (int q = 0; q < VECTORS; q++) AT(column + q * LANES) += z * AT(u + q * LANES);
  }
}

/* All bits set from lane 8 on: loaded from 8 - k it masks the first k lanes of a vector. */
static const int64_t ON(mask_from)[16] = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};

/*
 * The diagonal block from both sides: D - v w' - w v', w = tau D v - 1/2 tau^2 (v'Dv) v. Only its lower triangle is
 * stored; what lies above it belongs to other columns and is masked.
 */
INLINE void ON(apply_to_diagonal)(double *D, const double *v, double tau) {
  double w[TILE], part[TILE][LANES] __attribute__((aligned(64)));
  VECTOR ww[VECTORS], sum = {0};
  for (int q = 0; q < VECTORS; q++) ww[q] = (VECTOR){0};
#pragma GCC unroll 32
  for (int j = 0; j < TILE; j++) {
    const double *c = D + j * ON(BAND_STEP);
    VECTOR p = {0};
    for (int q = j / LANES; q < VECTORS; q++) {
      INTEGERS bits = *(const INTEGERS *)(c + q * LANES);
      INTEGERS from_j = *(const INTEGERS *)(ON(mask_from) + 8 - j % LANES);
      INTEGERS below_j = *(const INTEGERS *)(ON(mask_from) + 7 - j % LANES);
      int own = q == j / LANES;
      ww[q] += v[j] * (own ? (VECTOR)(bits & from_j) : (VECTOR)bits);
      p += (own ? (VECTOR)(bits & below_j) : (VECTOR)bits) * AT(v + q * LANES);
    }
    AT(part[j]) = p;
  }
  for (int q = 0; q < VECTORS; q++) AT(w + q * LANES) = ww[q];
  for (int j = 0; j < TILE; j++) w[j] += ON(total)(AT(part[j]));
  for (int q = 0; q < VECTORS; q++) sum += AT(v + q * LANES) * AT(w + q * LANES);
  double half = 0.5 * tau * tau * ON(total)(sum);
  for (int q = 0; q < VECTORS; q++) AT(w + q * LANES) = half * AT(v + q * LANES) - tau * AT(w + q * LANES);
#pragma GCC unroll 32
  for (int j = 0; j < TILE; j++)
    for (int q = j / LANES; q < VECTORS; q++) {
      double *c = D + j * ON(BAND_STEP) + q * LANES;
      VECTOR change = v[j] * AT(w + q * LANES) + w[j] * AT(v + q * LANES);
      INTEGERS from_j = *(const INTEGERS *)(ON(mask_from) + 8 - j % LANES);
      AT(c) += q == j / LANES ? (VECTOR)((INTEGERS)change & from_j) : change;
    }
}

/* How many sweeps pass between two looks at the stop word: at M = 4096 they take about a millisecond. */
enum { ON(SWEEPS_PER_LOOK) = 16 };

/* All sweeps. With `keeps_reflectors`, the reflectors are written one after another to `chased`. */
FUNCTION int ON(band_to_tridiagonal)(spectral *s) {
  double one[TILE] __attribute__((aligned(64))), other[TILE] __attribute__((aligned(64)));
  double *v = one, *next = other, *keep = s->keeps_reflectors ? s->chased : NULL;
  int64_t n = s->M;
  for (int64_t k = 0; k < n - 2; k++) {
    if (k % ON(SWEEPS_PER_LOOK) == 0 && is_stopped(s)) return SPECTRAL_STOPPED;
    double tau = ON(make_reflector)(s->band + k * BAND_COLUMN + 1, v);
    for (int64_t r = k + 1; r < n; r += TILE) {
      double *block = s->band + r * BAND_COLUMN;
      if (keep != NULL) {
        memcpy(keep, v, TILE * sizeof(double));
        keep[TILE] = tau;
        keep += CHASE_REFLECTOR;
      }
      if (tau != 0) ON(apply_to_diagonal)(block, v, tau);
      if (r + TILE >= n) break;
      block += TILE;
      if (tau != 0) ON(apply_from_right)(block, v, tau);
      tau = ON(make_reflector)(block, next);
      if (tau != 0) ON(apply_from_left)(block + ON(BAND_STEP), next, tau);
      double *swapped = v;
      v = next;
      next = swapped;
    }
  }
  return SPECTRAL_OK;
}
