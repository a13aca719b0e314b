/* From the Gram matrix to its eigenvalues: two-stage reduction, root-free QL, bisection. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* ---- Reduction ---- */

/* The most tiles that the partial sums of a step take. */
static int64_t partial_tiles(int64_t tiles) {
  int64_t most = 0;
  for (int64_t left = 1; left < tiles; left++) {
    int64_t group = product_group(left), groups = ceil_divide(left, group);
    int64_t taken = group * groups * (groups - 1) / 2;
    if (taken > most) most = taken;
  }
  return most;
}

static int reserve_reduction(spectral *s) {
  int64_t n = s->tiles * TILE;
  size_t type = s->precision == SPECTRAL_F32 ? sizeof(float) : sizeof(double);
  s->panel = reserve(s, BLOCK_PANEL, n * TILE, type);
  s->product = reserve(s, BLOCK_PRODUCT, n * TILE, type);
  s->update = reserve(s, BLOCK_UPDATE, n * TILE * 3, type);
  s->partial = reserve(s, BLOCK_PARTIAL, partial_tiles(s->tiles) * TILE_ENTRIES, type);
  s->work = reserve(s, BLOCK_WORK, 2 * n, type);
  char *small = reserve(s, BLOCK_SMALL, 2 * TILE_ENTRIES, sizeof(double));
  s->factor = small;
  s->half = small == NULL ? NULL : small + TILE_ENTRIES * sizeof(double);
  s->band = reserve(s, BLOCK_BAND, (n + SLACK) * BAND_COLUMN, sizeof(double));
  s->diagonal = reserve(s, BLOCK_DIAGONAL, n, sizeof(double));
  s->squares = reserve(s, BLOCK_SQUARES, n, sizeof(double));
  s->values = reserve(s, BLOCK_VALUES, n + SLACK, sizeof(double));
  s->scratch = reserve(s, BLOCK_SCRATCH, 3 * n, sizeof(double));
  int ok = s->panel && s->product && s->update && s->partial && s->work && small && s->band && s->diagonal &&
           s->squares && s->values && s->scratch;
  return ok ? SPECTRAL_OK : SPECTRAL_NO_MEMORY;
}

/* The Gram matrix rounded to f32, in its own memory. */
static void narrow_gram(spectral *s) {
  for (int64_t k = 0; k < tile_at(s->tiles, 0); k++) {
    float rounded = (float)s->gram[k];
    memcpy((float *)s->gram + k, &rounded, sizeof rounded);
  }
}

/* The tridiagonal matrix is then in the first two rows of the band. */
int tridiagonalise(spectral *s) {
  int status = flush_panel(s);
  if (status == SPECTRAL_OK) status = reserve_reduction(s);
  if (status != SPECTRAL_OK) return status;
  if (s->precision == SPECTRAL_F32) narrow_gram(s);
  status = (s->precision == SPECTRAL_F32 ? s->kernels->dense_to_band_f32 : s->kernels->dense_to_band_f64)(s);
  return status != SPECTRAL_OK ? status : s->kernels->band_to_tridiagonal(s);
}

/* ---- Root-free QL [Par98, 8.15] ---- */

/* The most steps per eigenvalue; two are usual. */
enum { MAX_QL_STEPS = 30 };
/* How many steps pass between two looks at the stop word. */
enum { STEPS_PER_LOOK = 16 };
/* An entry beside the diagonal is zero if its square is below this times the product of its neighbours: eps^2. */
#define SPLIT_RATIO 0x1p-104
/* ... or if it is below this times the norm: far below what QL itself errs by. */
#define SPLIT_NORM 0x1p-62

static void reverse(double *from, double *to) {
  for (; from < to; from++, to--) {
    double swapped = *from;
    *from = *to;
    *to = swapped;
  }
}

/* The first row from `first` on behind which the matrix comes apart; `last` if it does not before. */
static int64_t find_split(const double *d, const double *e2, int64_t first, int64_t last, double negligible) {
  for (int64_t m = first; m < last; m++)
    if (e2[m] <= negligible || e2[m] <= SPLIT_RATIO * fabs(d[m] * d[m + 1])) return m;
  return last;
}

/* The eigenvalues of a 2 x 2 block, the smaller one from the product of both: it keeps its relative precision. */
static void solve_two(double *d, double square) {
  double a = d[0], c = d[1], sum = a + c, root = sqrt((a - c) * (a - c) + 4 * square);
  double outer = 0.5 * (sum + (sum < 0 ? -root : root));
  double large = fabs(a) > fabs(c) ? a : c, small = fabs(a) > fabs(c) ? c : a;
  d[0] = outer;
  d[1] = outer == 0 ? 0 : large / outer * small - square / outer;
}

/* d becomes the eigenvalues, in no order; e2 is used up. */
static int root_free_ql(spectral *s, double *d, double *e2, int64_t n) {
  double norm = 0;
  for (int64_t i = 0; i < n; i++) norm = fmax(norm, fmax(fabs(d[i]), i < n - 1 ? sqrt(e2[i]) : 0));
  double negligible = SPLIT_NORM * norm * (SPLIT_NORM * norm);
  int64_t steps = 0;
  for (int64_t start = 0, end; start < n; start = end + 1) {
    end = find_split(d, e2, start, n - 1, negligible);
    /* QL finds the eigenvalues of the upper end first: the small ones should be there. */
    if (fabs(d[end]) < fabs(d[start])) {
      reverse(d + start, d + end);
      reverse(e2 + start, e2 + end - 1);
    }
    for (int64_t first = start; first < end;) {
      int64_t last = find_split(d, e2, first, end, negligible);
      if (last < end) e2[last] = 0;
      if (last == first) {
        first++;
      } else if (last == first + 1) {
        solve_two(d + first, e2[first]);
        first += 2;
      } else {
        if (steps++ == MAX_QL_STEPS * n) return SPECTRAL_DIVERGED;
        if (steps % STEPS_PER_LOOK == 0 && is_stopped(s)) return SPECTRAL_STOPPED;
        s->kernels->ql_step(d, e2, first, last);
      }
    }
  }
  return SPECTRAL_OK;
}

/* ---- Bisection ---- */

/* The interval grows by this factor while some eigenvalue lies at its end. */
enum { REACH_GROWTH = 16 };

/*
 * values[0 ... count - 1], estimates to within `reach`, become right to about eps * norm / 2; sorted. At most `passes`
 * intervals, each wider than the last, are tried.
 */
int refine_eigenvalues(spectral *s, double norm, double reach, int passes, int64_t count) {
  double *before = s->scratch;
  for (s->reach = reach; passes > 0; passes--, s->reach *= REACH_GROWTH) {
    int outside = 0, steps;
    memcpy(before, s->values, (size_t)count * sizeof(double));
    /* The number of halvings to eps / 2; by frexp, since log2 would tie the library to glibc 2.29. */
    frexp(2 * s->reach / (0x1p-53 * norm), &steps);
    s->bisection_steps = steps;
    run_stage(s, s->kernels->bisect, ceil_divide(count, s->kernels->bisect_values));
    if (is_stopped(s)) return SPECTRAL_STOPPED;
    for (int64_t i = 0; i < count; i++) outside |= !(fabs(s->values[i] - before[i]) < 0.9 * s->reach);
    if (!outside) break;
  }
  qsort(s->values, (size_t)count, sizeof(double), by_value);
  return SPECTRAL_OK;
}

/* s->values from the tridiagonal matrix in the band; refined, they are right to about eps * norm. */
int tridiagonal_eigenvalues(spectral *s, int refined) {
  int64_t n = s->order = s->M;
  double *d = s->scratch, *e2 = d + n;
  s->first_value = 0;
  for (int64_t j = 0; j < n; j++) {
    double beside = s->band[j * BAND_COLUMN + 1];
    d[j] = s->diagonal[j] = s->band[j * BAND_COLUMN];
    e2[j] = beside * beside;
    s->squares[j] = fmax(e2[j], NEGLIGIBLE_SQUARE);
  }
  int status = root_free_ql(s, d, e2, n);
  if (status != SPECTRAL_OK) return status;
  qsort(d, (size_t)n, sizeof(double), by_value);
  memcpy(s->values, d, (size_t)n * sizeof(double));
  double norm = fmax(fabs(d[0]), fabs(d[n - 1]));
  if (!refined || norm == 0) return SPECTRAL_OK;
  /* QL drifts by a few eps times sqrt(n). */
  return refine_eigenvalues(s, norm, 4 * sqrt((double)n) * 0x1p-52 * norm, 5, n);
}

int spectral_eigenvalues(spectral *s, double *values) {
  int status = tridiagonalise(s);
  /* The drift of QL is far below the roundings of f32. */
  if (status == SPECTRAL_OK) status = tridiagonal_eigenvalues(s, s->precision == SPECTRAL_F64);
  if (status == SPECTRAL_OK) memcpy(values, s->values, (size_t)s->M * sizeof(double));
  return status;
}
