/*
 * All eigenvectors of the Gram matrix: implicit QL, whose rotations are gathered and then applied to slabs of 32
 * columns, four sweeps at once [VZQ14]. Eigenvalues are those of spectral_eigenvalues.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

/* Sweeps that are gathered at most, and rotations: 4 MiB. */
enum { MAX_SWEEPS = 1024, MAX_ROTATIONS = 1 << 18 };
/* Sweeps that are applied at once: as in rotate_slab. */
enum { STAGES = 4 };
/* Rows that sweeps applied at once may differ by, beyond a quarter of their length. */
enum { MAX_DIFFERENCE = 64 };
enum { MAX_QL_STEPS = 60 };

static int reserve_vectors(spectral *s) {
  int64_t n = s->M, tiles = s->tiles, reflectors = 0;
  s->chase_starts = reserve(s, BLOCK_CHASE_STARTS, n, sizeof(int64_t));
  if (s->chase_starts == NULL) return SPECTRAL_NO_MEMORY;
  for (int64_t k = 0; k < n - 2; k++) {
    s->chase_starts[k] = reflectors;
    reflectors += ceil_divide(n - k - 1, TILE);
  }
  s->reflectors = reserve(s, BLOCK_REFLECTORS, tiles * (tiles - 1) / 2 * TILE_ENTRIES, sizeof(double));
  s->factors = reserve(s, BLOCK_FACTORS, tiles * TILE_ENTRIES, sizeof(double));
  s->chased = reserve(s, BLOCK_CHASED, reflectors * CHASE_REFLECTOR, sizeof(double));
  s->slabs = reserve(s, BLOCK_SLABS, tiles * tiles * TILE_ENTRIES, sizeof(double));
  s->rotations = reserve(s, BLOCK_ROTATIONS, 2 * (MAX_ROTATIONS + n), sizeof(double));
  s->sweeps = reserve(s, BLOCK_SWEEPS, MAX_SWEEPS, sizeof(ql_sweep));
  /* A sweep that is applied alone takes the room of four. */
  s->turns = reserve(s, BLOCK_TURNS, 2 * STAGES * (MAX_ROTATIONS + n + MAX_SWEEPS * (MAX_DIFFERENCE + 8)),
                     sizeof(double));
  int ok = s->reflectors && s->factors && s->chased && s->slabs && s->rotations && s->sweeps && s->turns;
  return ok ? SPECTRAL_OK : SPECTRAL_NO_MEMORY;
}

/* Whether a sweep may join others, so that they cover rows first ... last: little of the union may be idle. */
static int fits(const ql_sweep *one, int64_t first, int64_t last) {
  return last - first <= MAX_DIFFERENCE + (one->last - one->first) * 5 / 4;
}

/*
 * Puts up to four sweeps side by side, each a row behind the one before: what the kernel takes. The sweeps' entries in
 * `sweeps` are replaced by those of the turns.
 */
static void combine_sweeps(spectral *s) {
  int64_t used = 0;
  s->turn_count = 0;
  for (int64_t k = 0, next; k < s->sweep_count; k = next) {
    ql_sweep all = s->sweeps[k];
    for (next = k + 1; next < s->sweep_count && next < k + STAGES; next++) {
      int64_t first = smaller(s->sweeps[next].first, all.first);
      int64_t last = -smaller(-s->sweeps[next].last, -all.last);
      if (!fits(&s->sweeps[next], first, last) || !fits(&all, first, last)) break;
      all.first = first;
      all.last = last;
    }
    double *to = s->turns + used;
    for (int64_t i = all.last; i >= all.first - STAGES; i--)
      for (int64_t q = 0; q < STAGES; q++, to += 2) {
        const ql_sweep *one = s->sweeps + k + q;
        int turns = k + q < next && i + q >= one->first && i + q < one->last;
        const double *rotation = turns ? s->rotations + one->at + 2 * (one->last - 1 - i - q) : NULL;
        to[0] = turns ? rotation[0] : 1;
        to[1] = turns ? rotation[1] : 0;
      }
    s->sweeps[s->turn_count++] = (ql_sweep){all.first, all.last, used};
    used = to - s->turns;
  }
}

/* Applies the gathered sweeps to the slabs. */
static int apply_sweeps(spectral *s) {
  combine_sweeps(s);
  run_stage(s, s->kernels->rotate_slab, s->tiles);
  s->sweep_count = 0;
  return is_stopped(s) ? SPECTRAL_STOPPED : SPECTRAL_OK;
}

/*
 * One sweep of implicit QL [GVL13, 8.3.5] on rows first ... last.
 *
 * The radius cannot be 0. Entries beside the diagonal are above 2^-62 of the norm (is_negligible). The sine shrinks by
 * at most such a factor per row, and once it is far below that, g is about e[i + 1], so that it changes by the ratios
 * of those entries only: it stays above 2^-200, and its square is a normal number.
 */
static void ql_sweep_of(double *d, double *e, int64_t first, int64_t last, double *rotations) {
  double tilt = (d[first + 1] - d[first]) / (2 * e[first]), sine = 1, cosine = 1, shift = 0;
  double g = d[last] - d[first] + e[first] / (tilt + copysign(sqrt(tilt * tilt + 1), tilt));
  for (int64_t i = last - 1; i >= first; i--) {
    double f = sine * e[i], b = cosine * e[i], radius = sqrt(f * f + g * g);
    e[i + 1] = radius;
    sine = f / radius;
    cosine = g / radius;
    g = d[i + 1] - shift;
    double r = (d[i] - g) * sine + 2 * cosine * b;
    shift = sine * r;
    d[i + 1] = g + shift;
    g = cosine * r - b;
    *rotations++ = cosine;
    *rotations++ = sine;
  }
  d[first] -= shift;
  e[first] = g;
  e[last] = 0;
}

/* Whether the matrix comes apart behind row i: QL itself errs by more. */
static int is_negligible(const double *d, const double *e, int64_t i, double norm) {
  return fabs(e[i]) <= fmax(0x1p-53 * (fabs(d[i]) + fabs(d[i + 1])), 0x1p-62 * norm);
}

/* d becomes the eigenvalues; row j of the slabs the eigenvector of d[j]. */
static int implicit_ql(spectral *s, double *d, double *e, int64_t n) {
  int64_t used = 0, steps = 0;
  double norm = 0;
  s->sweep_count = 0;
  for (int64_t i = 0; i < n; i++) norm = fmax(norm, fmax(fabs(d[i]), fabs(e[i])));
  for (int64_t first = 0; first < n; first++)
    for (;;) {
      int64_t last = first;
      while (last < n - 1 && !is_negligible(d, e, last, norm)) last++;
      if (last == first) break;
      if (steps++ == MAX_QL_STEPS * n) return SPECTRAL_DIVERGED;
      if (used + last - first > MAX_ROTATIONS + n || s->sweep_count == MAX_SWEEPS) {
        int status = apply_sweeps(s);
        if (status != SPECTRAL_OK) return status;
        used = 0;
      }
      ql_sweep_of(d, e, first, last, s->rotations + 2 * used);
      s->sweeps[s->sweep_count++] = (ql_sweep){first, last, 2 * used};
      used += last - first;
    }
  return apply_sweeps(s);
}

/* A computed eigenvalue and the row of the slabs that is its eigenvector. */
typedef struct {
  double value;
  int64_t row;
} ranked;

static void copy_vectors(spectral *s, const double *d, double *vectors) {
  int64_t n = s->M;
  /* The rotations are used up: their room holds the order. */
  ranked *order = (ranked *)s->rotations;
  for (int64_t j = 0; j < n; j++) order[j] = (ranked){d[j], j};
  qsort(order, (size_t)n, sizeof(ranked), by_value);
  for (int64_t rank = 0; rank < n; rank++)
    for (int64_t j = 0; j < s->tiles; j++) {
      int64_t width = smaller(TILE, n - j * TILE);
      memcpy(vectors + rank * n + j * TILE, s->slabs + (j * s->tiles * TILE + order[rank].row) * TILE,
             (size_t)width * sizeof(double));
    }
}

int spectral_eigenvectors(spectral *s, double *values, double *vectors) {
  int64_t n = s->M;
  if (s->precision != SPECTRAL_F64) return SPECTRAL_NO_MEMORY;
  int status = reserve_vectors(s);
  s->keeps_reflectors = 1;
  if (status == SPECTRAL_OK) status = tridiagonalise(s);
  if (status == SPECTRAL_OK) status = tridiagonal_eigenvalues(s, 1);
  if (status != SPECTRAL_OK) return status;
  double *d = s->scratch, *e = d + n;
  for (int64_t j = 0; j < n; j++) {
    d[j] = s->band[j * BAND_COLUMN];
    e[j] = j < n - 1 ? s->band[j * BAND_COLUMN + 1] : 0;
  }
  run_stage(s, s->kernels->make_slab, s->tiles);
  if (is_stopped(s)) return SPECTRAL_STOPPED;
  status = implicit_ql(s, d, e, n);
  if (status != SPECTRAL_OK) return status;
  copy_vectors(s, d, vectors);
  memcpy(values, s->values, (size_t)n * sizeof(double));
  return SPECTRAL_OK;
}
