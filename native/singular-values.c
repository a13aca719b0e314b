/*
 * Singular values of W itself, for matrices whose Gram matrix loses the small ones: QR by panels, bidiagonal form,
 * bisection.
 */
#include <math.h>
#include <string.h>
#include "internal.h"

static int reserve_bidiagonal(spectral *s) {
  int64_t n = s->tiles * TILE;
  s->gram = reserve(s, BLOCK_GRAM, n * n, sizeof(double));
  char *small = reserve(s, BLOCK_SMALL, 2 * TILE_ENTRIES, sizeof(double));
  s->factor = small;
  s->half = small == NULL ? NULL : small + TILE_ENTRIES * sizeof(double);
  s->work = reserve(s, BLOCK_WORK, 2 * s->capacity + 4 * n, sizeof(double));
  s->product = reserve(s, BLOCK_PRODUCT, 2 * n, sizeof(double));
  s->diagonal = reserve(s, BLOCK_DIAGONAL, 2 * n, sizeof(double));
  s->squares = reserve(s, BLOCK_SQUARES, 2 * n, sizeof(double));
  s->values = reserve(s, BLOCK_VALUES, n + SLACK, sizeof(double));
  s->scratch = reserve(s, BLOCK_SCRATCH, n, sizeof(double));
  int ok = s->gram && small && s->work && s->product && s->diagonal && s->squares && s->values && s->scratch;
  return ok ? SPECTRAL_OK : SPECTRAL_NO_MEMORY;
}

/* R of W = Q R, as a square matrix row after row, in the memory of the Gram matrix. */
static int triangular_factor(spectral *s) {
  int64_t n = s->tiles * TILE, rows = s->capacity;
  for (s->step = 0; s->step < s->tiles; s->step++) {
    int64_t p = s->step;
    double *panel = (double *)s->operand + p * rows * TILE, *upper = s->half;
    s->kernels->factorise_panel(panel + p * TILE_ENTRIES, rows - p * TILE, upper, s->factor, s->work);
    run_stage(s, s->kernels->apply_panel, s->tiles - p - 1);
    if (is_stopped(s)) return SPECTRAL_STOPPED;
    for (int64_t i = 0; i < (p + 1) * TILE; i++)
      memcpy(s->gram + i * n + p * TILE, i < p * TILE ? panel + i * TILE : upper + (i - p * TILE) * TILE,
             TILE * sizeof(double));
  }
  return SPECTRAL_OK;
}

/*
 * Singular values of the bidiagonal matrix (d, e): the upper half of the eigenvalues of the tridiagonal matrix with
 * zeros on the diagonal and d_0, e_0, d_1, e_1 ... beside it [GVL13, 8.6.2].
 */
static int bidiagonal_singular_values(spectral *s, const double *d, double *e) {
  int64_t M = s->M;
  double bound = 0;
  e[M - 1] = 0;
  for (int64_t k = 0; k < M; k++) {
    s->squares[2 * k] = fmax(d[k] * d[k], NEGLIGIBLE_SQUARE);
    s->squares[2 * k + 1] = fmax(e[k] * e[k], NEGLIGIBLE_SQUARE);
    bound = fmax(bound, fabs(d[k]) + fmax(fabs(e[k]), k > 0 ? fabs(e[k - 1]) : 0));
  }
  for (int64_t k = 0; k < M; k++) s->values[k] = 0.5 * bound;
  s->order = 2 * M;
  s->first_value = M;
  /* All lie in (0, bound), a little more for the rounding of the bound. */
  return bound > 0 ? refine_eigenvalues(s, 0.5 * bound, 0.5 * bound * (1 + 0x1p-50), 1, M) : SPECTRAL_OK;
}

int spectral_singular_values(spectral *s, double *values) {
  if (!s->keeps_matrix) return SPECTRAL_NO_MEMORY;
  int64_t n = s->tiles * TILE;
  int status = reserve_bidiagonal(s);
  if (status == SPECTRAL_OK) status = triangular_factor(s);
  if (status != SPECTRAL_OK) return status;
  memset(s->work, 0, (size_t)(2 * s->capacity + 4 * n) * sizeof(double));
  double *d = s->product, *e = d + n;
  for (int64_t k = 0; k < s->M; k++) {
    if (is_stopped(s)) return SPECTRAL_STOPPED;
    s->kernels->bidiagonal_step(s->gram, n, k, s->work, d, e);
  }
  status = bidiagonal_singular_values(s, d, e);
  if (status == SPECTRAL_OK) memcpy(values, s->values, (size_t)s->M * sizeof(double));
  return status;
}
