/*
 * Decisions inside the library that its interface hardly shows: which columns of a panel get a reflector, how far
 * bisection looks, and from which end QL begins. Prints one line per failure; exit code 1 if there was one.
 * scripts/native-sanitizers.mjs runs it beside contract.c.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../internal.h"

#define EPS 0x1p-52
enum { MAX_ORDER = 100 };

static int failures;

static void expect(int holds, const char *what, const char *target) {
  if (holds) return;
  failures++;
  printf("FAILED: %s: %s\n", target, what);
}

/* Uniform in [-1/2, 1/2), from a linear congruential generator. */
static double draw(uint64_t *seed) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return (double)(*seed >> 11) * 0x1p-53 - 0.5;
}

/* ---- A column that is rounding noise gets no reflector ---- */

enum { PANEL_SIDE = 4 * TILE };

/* tau of the reflector for a column, after QR of the panel. */
static double tau_of(const spectral *s, double *panel, int column) {
  double upper[TILE_ENTRIES], factor[TILE_ENTRIES], work[2 * PANEL_SIDE];
  s->kernels->factorise_panel(panel, PANEL_SIDE, upper, factor, work);
  return factor[column * TILE + column];
}

/* Column 1 has the square 1 + r^2, of which r^2 is left below its head when it gets its reflector. */
static double tau_of_rest(const spectral *s, double r) {
  static double panel[PANEL_SIDE * TILE];
  memset(panel, 0, sizeof panel);
  panel[1] = 1;
  panel[70 * TILE + 1] = r;
  return tau_of(s, panel, 1);
}

static void check_noise(const spectral *s, const char *target) {
  expect(tau_of_rest(s, 1.5 * EPS) != 0, "a rest of 1.5 eps gets a reflector", target);
  expect(tau_of_rest(s, EPS) == 0, "a rest of eps is noise", target);
  expect(tau_of_rest(s, 0) == 0, "no rest, no reflector", target);
  /* Equal columns: what the first reflector leaves of the others is noise. */
  static double panel[PANEL_SIDE * TILE];
  for (int k = 0; k < PANEL_SIDE * TILE; k++) panel[k] = 0.7;
  expect(tau_of(s, panel, 1) == 0, "a constant panel has one reflector", target);
}

/* ---- Tridiagonal matrices ---- */

typedef struct {
  int64_t n;
  double d[MAX_ORDER], e[MAX_ORDER];
} tridiagonal;

/* s->values become its eigenvalues. */
static int solve(spectral *s, const tridiagonal *t, int refined) {
  double row[MAX_ORDER] = {1}, values[MAX_ORDER];
  /* Any matrix of this size reserves the memory. */
  int status = spectral_begin(s, t->n, SPECTRAL_F64);
  if (status == SPECTRAL_OK) status = spectral_take_rows(s, row, 1, 1);
  if (status == SPECTRAL_OK) status = spectral_eigenvalues(s, values);
  for (int64_t j = 0; j < t->n; j++) {
    s->band[j * BAND_COLUMN] = t->d[j];
    s->band[j * BAND_COLUMN + 1] = j < t->n - 1 ? t->e[j] : 0;
  }
  return status == SPECTRAL_OK ? tridiagonal_eigenvalues(s, refined) : status;
}

/* How many eigenvalues lie below x [Par98, 3.3]: the arithmetic is that of the kernel. */
static int64_t count_below(const tridiagonal *t, double x) {
  double pivot = 1;
  int64_t count = 0;
  for (int64_t i = 0; i < t->n; i++) {
    double square = i > 0 ? fmax(t->e[i - 1] * t->e[i - 1], NEGLIGIBLE_SQUARE) : 0;
    pivot = (t->d[i] - x) - square / pivot;
    count += pivot < 0;
  }
  return count;
}

/* Whether each of s->values lies within `tolerance` of the eigenvalue of its number. */
static int are_eigenvalues(const spectral *s, const tridiagonal *t, double tolerance) {
  for (int64_t k = 0; k < t->n; k++)
    if (count_below(t, s->values[k] - tolerance) > k || count_below(t, s->values[k] + tolerance) <= k) return 0;
  return 1;
}

static double norm_of(const spectral *s, int64_t n) { return fmax(fabs(s->values[0]), fabs(s->values[n - 1])); }

/*
 * The one of some 300,000 random matrices on which QL drifts by 1.12 times the first reach of bisection: 3 eps more
 * than it reaches. That is so with -O2 or -O3 and fused multiply-add; with other roundings it is a matrix like others.
 */
static tridiagonal drifting(void) {
  tridiagonal t = {.n = 43};
  uint64_t seed = 10073446843981661012u;
  draw(&seed);
  for (int64_t i = 0; i < t.n; i++) {
    t.d[i] = draw(&seed);
    t.e[i] = 0.1 * draw(&seed);
  }
  return t;
}

static void check_bisection(spectral *s, const char *target) {
  tridiagonal t = drifting();
  int status = solve(s, &t, 1);
  double norm = norm_of(s, t.n);
  /* The last interval is eps / 2 wide, and an estimate within it stays: within one eps. */
  expect(status == SPECTRAL_OK && are_eigenvalues(s, &t, EPS * norm), "where QL drifts, bisection looks further",
         target);
  /* Estimates that are off by 20 times the first reach: the second interval is 16 times as wide, the third 256. */
  double reach = 0x1p-40 * norm, exact[MAX_ORDER];
  memcpy(exact, s->values, sizeof(double) * (size_t)t.n);
  for (int passes = 2; passes <= 3; passes++) {
    for (int64_t k = 0; k < t.n; k++) s->values[k] = exact[k] + (k % 2 == 0 ? 20 : -20) * reach;
    status = refine_eigenvalues(s, norm, reach, passes, t.n);
    /* Each pass begins where the last one ended: after two, 17 of 20 are made up. */
    int found = are_eigenvalues(s, &t, EPS * norm);
    expect(status == SPECTRAL_OK && found == (passes == 3), "intervals grow until nothing lies at an end", target);
  }
}

/*
 * A positive definite matrix graded from 1 to 2^-40: its small eigenvalues are determined to their own precision, and
 * QL gives them so from the right end only.
 */
static tridiagonal graded(int from_large) {
  tridiagonal t = {.n = MAX_ORDER};
  for (int64_t i = 0; i < t.n; i++) {
    double here = exp2(-0.4 * (double)i), next = exp2(-0.4 * (double)(i + 1));
    int64_t at = from_large ? i : t.n - 1 - i, beside = from_large ? i : t.n - 2 - i;
    t.d[at] = here * (1 + 0.3 * sin((double)i));
    if (i < t.n - 1) t.e[beside] = 0.3 * sqrt(here * next);
  }
  return t;
}

static void check_direction(spectral *s, const char *target) {
  for (int from_large = 0; from_large < 2; from_large++) {
    tridiagonal t = graded(from_large);
    int status = solve(s, &t, 0);
    double smallest = s->values[0];
    /* QL errs by some eps per step. From the wrong end that is eps of the largest, and 1e-4 of this eigenvalue. */
    int right = smallest > 0 && count_below(&t, smallest * (1 - 1e-10)) == 0 &&
                count_below(&t, smallest * (1 + 1e-10)) == 1;
    expect(status == SPECTRAL_OK && right, "small eigenvalues of a graded matrix, from either end", target);
  }
}

int main(void) {
  for (int number = 0; number < spectral_target_count(); number++) {
    const char *target = spectral_target_name(number);
    spectral *s = spectral_create(number);
    if (s == NULL) return 2;
    check_noise(s, target);
    check_bisection(s, target);
    check_direction(s, target);
    spectral_destroy(s);
  }
  printf("parts: %d targets, %d failures\n", spectral_target_count(), failures);
  return failures > 0;
}
