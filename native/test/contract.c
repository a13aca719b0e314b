/*
 * The contract of the library as a C program: for sanitizers, and for processors that only an emulator runs
 * (scripts/native-sanitizers.mjs). Prints one line per failure; exit code 1 if there was one.
 *
 *   contract [threads]    threads: helpers besides the leader, 3 by default
 *
 * Checks, for every target: known spectra, the trace, W against its transpose, rows in any pieces, passes, helpers that
 * come, go and come late, the stop word, and that a handle can be used again.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../spectral.h"

#define EPS 0x1p-52
/* What the project promises of every engine, in units of eps * lambda_max. */
#define MAX_ERROR (50 * EPS)

static int failures;

static void expect(int holds, const char *what, const char *target, int64_t N, int64_t M) {
  if (holds) return;
  failures++;
  printf("FAILED: %s: %s, %lld x %lld\n", target, what, (long long)N, (long long)M);
}

/* ---- Matrices ---- */

static double *numbers(int64_t count) {
  double *made = calloc((size_t)count, sizeof(double));
  if (made == NULL) abort();
  return made;
}

/* Uniform in [-1/2, 1/2), from a linear congruential generator. */
static double *noise(int64_t N, int64_t M, uint64_t seed) {
  double *W = numbers(N * M);
  for (int64_t k = 0; k < N * M; k++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    W[k] = (double)(seed >> 11) * 0x1p-53 - 0.5;
  }
  return W;
}

static double *transposed(const double *W, int64_t N, int64_t M) {
  double *T = numbers(N * M);
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = 0; j < M; j++) T[j * N + i] = W[i * M + j];
  return T;
}

/* ---- Solving ---- */

/* Eigenvalues of the matrix that was taken; the first is NaN if anything failed. */
static double *eigenvalues_of(spectral *s, int status, int64_t M) {
  double *values = numbers(M);
  if (status == SPECTRAL_OK) status = spectral_eigenvalues(s, values);
  if (status != SPECTRAL_OK) values[0] = NAN;
  for (int64_t k = 0; k < M; k++) values[k] = ldexp(values[k], 2 * spectral_exponent(s));
  return values;
}

/* Eigenvalues of W'W, N >= M, the rows in pieces of `piece`. */
static double *solve(spectral *s, const double *W, int64_t N, int64_t M, int precision, int64_t piece) {
  int status = spectral_begin(s, M, precision);
  for (int64_t i = 0; i < N && status == SPECTRAL_OK; i += piece)
    status = spectral_take_rows(s, W + i * M, 1, i + piece < N ? piece : N - i);
  return eigenvalues_of(s, status, M);
}

/* The same from the stored rows of W'. */
static double *solve_wide(spectral *s, const double *T, int64_t N, int64_t M) {
  int status = spectral_begin(s, M, SPECTRAL_F64);
  for (int64_t from = 0; from < N && status == SPECTRAL_OK; from += SPECTRAL_PANEL_ROWS)
    status = spectral_take_columns(s, T, 1, M, N, from);
  return eigenvalues_of(s, status, M);
}

static double *solve_in_passes(spectral *s, const double *T, int64_t N, int64_t M, int64_t held) {
  int64_t tiles = (M + 31) / 32, passes = (tiles + held - 1) / held;
  int status = spectral_begin_wide(s, N, M, SPECTRAL_F64, held);
  for (int64_t pass = 0; pass < passes && status == SPECTRAL_OK; pass++) status = spectral_take_wide_rows(s, T, 1, M);
  return eigenvalues_of(s, status, M);
}

static double *singular(spectral *s, const double *W, int64_t N, int64_t M) {
  double *values = numbers(M);
  int status = spectral_begin_singular(s, N, M);
  if (status == SPECTRAL_OK) status = spectral_take_rows(s, W, 1, N);
  if (status == SPECTRAL_OK) status = spectral_singular_values(s, values);
  if (status != SPECTRAL_OK) values[0] = NAN;
  for (int64_t k = 0; k < M; k++) values[k] = ldexp(values[k], spectral_exponent(s));
  return values;
}

static int same(const double *a, const double *b, int64_t count) { return memcmp(a, b, (size_t)count * 8) == 0; }

/* ---- Contract ---- */

static void check_shape(spectral *s, const char *target, int64_t N, int64_t M) {
  double *W = noise(N, M, (uint64_t)(N * 1000 + M)), *T = transposed(W, N, M);
  double *whole = solve(s, W, N, M, SPECTRAL_F64, N), *pieces = solve(s, W, N, M, SPECTRAL_F64, 7);
  double *wide = solve_wide(s, T, N, M), *passes = solve_in_passes(s, T, N, M, 2);
  double trace = 0, sum = 0;
  for (int64_t k = 0; k < N * M; k++) trace += W[k] * W[k];
  for (int64_t k = 0; k < M; k++) sum += whole[k];
  expect(same(whole, pieces, M), "the bits depend on the pieces", target, N, M);
  expect(same(whole, wide, M), "the bits of W' differ", target, N, M);
  expect(same(whole, passes, M), "the bits of passes differ", target, N, M);
  /* Sums of N M squares and of M values, each rounded. */
  expect(fabs(sum - trace) <= (MAX_ERROR + (double)(N + M) * EPS) * trace, "the trace is off", target, N, M);
  for (int precision = SPECTRAL_MIXED; precision <= SPECTRAL_F32; precision++) {
    double *low = solve(s, W, N, M, precision, N), worst = 0;
    for (int64_t k = 0; k < M; k++) worst = fmax(worst, fabs(low[k] - whole[k]));
    expect(worst <= 64 * 0x1p-24 * whole[M - 1], "f32 is off", target, N, M);
    free(low);
  }
  double *sv = singular(s, W, N, M), worst = 0;
  for (int64_t k = 0; k < M; k++) worst = fmax(worst, fabs(sv[k] * sv[k] - whole[k]));
  /* Both are within MAX_ERROR; squaring doubles that of a singular value. */
  expect(worst <= 3 * MAX_ERROR * whole[M - 1], "singular values are off", target, N, M);
  free(W), free(T), free(whole), free(pieces), free(wide), free(passes), free(sv);
}

/* Residuals and orthogonality of eigenvectors, against the Gram matrix. */
static void check_vectors(spectral *s, const char *target, int64_t N, int64_t M) {
  double *W = noise(N, M, 5), *values = numbers(M), *Z = numbers(M * M), *G = numbers(M * M);
  int status = spectral_begin(s, M, SPECTRAL_F64);
  if (status == SPECTRAL_OK) status = spectral_take_rows(s, W, 1, N);
  if (status == SPECTRAL_OK) status = spectral_eigenvectors(s, values, Z);
  double scale = ldexp(1, 2 * spectral_exponent(s)), residual = 0, orthogonal = 0;
  for (int64_t k = 0; k < N; k++)
    for (int64_t i = 0; i < M; i++)
      for (int64_t j = 0; j < M; j++) G[i * M + j] += W[k * M + i] * W[k * M + j];
  for (int64_t r = 0; r < M; r++)
    for (int64_t i = 0; i < M; i++) {
      double sum = -values[r] * scale * Z[r * M + i], dot = r == i ? -1 : 0;
      for (int64_t j = 0; j < M; j++) sum += G[i * M + j] * Z[r * M + j], dot += Z[r * M + j] * Z[i * M + j];
      residual = fmax(residual, fabs(sum));
      orthogonal = fmax(orthogonal, fabs(dot));
    }
  double bound = (double)(M > 30 ? M : 30) * EPS;
  expect(status == SPECTRAL_OK && residual <= bound * values[M - 1] * scale, "residuals", target, N, M);
  expect(orthogonal <= bound, "orthogonality", target, N, M);
  free(W), free(values), free(Z), free(G);
}

/* A diagonal matrix: its spectrum is known exactly. */
static void check_diagonal(spectral *s, const char *target, int64_t M) {
  double *W = numbers(M * M), worst = 0;
  for (int64_t k = 0; k < M; k++) W[k * M + k] = (double)(k % 2 == 0 ? k + 1 : -(k + 1));
  double *values = solve(s, W, M, M, SPECTRAL_F64, M);
  for (int64_t k = 0; k < M; k++) worst = fmax(worst, fabs(values[k] - (double)((k + 1) * (k + 1))));
  expect(worst <= MAX_ERROR * (double)(M * M), "a diagonal matrix", target, M, M);
  free(W), free(values);
}

/* ---- Helpers ---- */

typedef struct {
  int64_t team;
  const int32_t *recalled;
} helper;

static void *help(void *given) {
  const helper *h = given;
  spectral_help(h->team, &h->recalled, 1);
  return NULL;
}

static void check_helpers(spectral *s, const char *target, int threads, int64_t N, int64_t M) {
  double *W = noise(N, M, 9), *alone = solve(s, W, N, M, SPECTRAL_F64, N), *vectors[2];
  for (int round = 0; round < 2; round++) {
    pthread_t started[16];
    int32_t recalled[16] = {0};
    helper helpers[16];
    int64_t team = round == 0 ? 0 : spectral_open_team(s);
    for (int k = 0; k < threads; k++) {
      /* The first is told to leave at once, and one comes for a team that never was. */
      recalled[k] = k == 0;
      helpers[k] = (helper){k == 1 ? team + 1000 : team, &recalled[k]};
      if (round == 1) pthread_create(&started[k], NULL, help, &helpers[k]);
    }
    double *together = solve(s, W, N, M, SPECTRAL_F64, 100), *values = numbers(M);
    expect(same(alone, together, M), "the bits depend on the helpers", target, N, M);
    vectors[round] = numbers(M * M);
    int status = spectral_begin(s, M, SPECTRAL_F64);
    if (status == SPECTRAL_OK) status = spectral_take_rows(s, W, 1, N);
    if (status == SPECTRAL_OK) status = spectral_eigenvectors(s, values, vectors[round]);
    expect(status == SPECTRAL_OK, "eigenvectors with helpers", target, N, M);
    free(together), free(values);
    spectral_close_team(s);
    for (int k = 0; k < threads && round == 1; k++) pthread_join(started[k], NULL);
  }
  expect(same(vectors[0], vectors[1], M * M), "the bits of vectors depend on the helpers", target, N, M);
  free(vectors[0]), free(vectors[1]), free(W), free(alone);
}

/* ---- The stop word, from another thread ---- */

static void *set_later(void *word) {
  for (volatile int k = 0; k < 3000000; k++) {
  }
  __atomic_store_n((int32_t *)word, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

static void check_stop(spectral *s, const char *target) {
  int64_t N = 700, M = 640;
  double *W = noise(N, M, 3), *values = numbers(M);
  int32_t stop = 0;
  pthread_t other;
  spectral_set_stop(s, &stop);
  pthread_create(&other, NULL, set_later, &stop);
  int status = SPECTRAL_OK;
  for (int k = 0; k < 1000 && status == SPECTRAL_OK; k++) {
    status = spectral_begin(s, M, SPECTRAL_F64);
    if (status == SPECTRAL_OK) status = spectral_take_rows(s, W, 1, N);
    if (status == SPECTRAL_OK) status = spectral_eigenvalues(s, values);
  }
  pthread_join(other, NULL);
  expect(status == SPECTRAL_STOPPED, "the stop word is not seen", target, N, M);
  stop = 0;
  double *again = solve(s, W, N, M, SPECTRAL_F64, N), *once_more = solve(s, W, N, M, SPECTRAL_F64, 3);
  expect(same(again, once_more, M) && again[M - 1] > 0, "the handle after a stop", target, N, M);
  spectral_set_stop(s, NULL);
  free(W), free(values), free(again), free(once_more);
}

int main(int argc, char **argv) {
  int threads = argc > 1 ? atoi(argv[1]) : 3;
  static const int64_t shapes[][2] = {{1, 1}, {3, 2}, {40, 31}, {32, 32}, {70, 33}, {300, 64},
                                      {129, 97}, {600, 130}, {257, 257}};
  if (threads < 0 || threads > 16) return 2;
  for (int number = 0; number < spectral_target_count(); number++) {
    const char *target = spectral_target_name(number);
    spectral *s = spectral_create(number);
    if (s == NULL) return 2;
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) check_shape(s, target, shapes[k][0], shapes[k][1]);
    for (int64_t M = 1; M <= 140; M += 23) check_vectors(s, target, M + 9, M);
    check_diagonal(s, target, 100);
    check_helpers(s, target, threads, 500, 300);
    check_stop(s, target);
    int past_limit = spectral_begin(s, SPECTRAL_MAX_SIDE + 1, SPECTRAL_F64);
    expect(past_limit == SPECTRAL_NO_MEMORY, "a side past the limit", target, 0, 0);
    int wide = spectral_begin_singular(s, 3, 4);
    expect(wide == SPECTRAL_NO_MEMORY, "a wide matrix for singular values", target, 3, 4);
    spectral_destroy(s);
  }
  expect(spectral_create(spectral_target_count()) == NULL, "a target that there is not", "all", 0, 0);
  printf("%d targets, %d failures\n", spectral_target_count(), failures);
  return failures > 0;
}
