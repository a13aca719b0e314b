/*
 * Eigenvalues, eigenvectors and singular values of dense matrices: the spectrum of the Gram matrix W'W, where W has
 * M columns and N >= M rows (a matrix that is stored with the longer side first counts as its transpose).
 *
 * A handle holds the memory and the state of one matrix after another. One thread at a time uses it; other threads
 * may only help with it (spectral_help). Results are bit for bit the same for any division of the rows into calls and
 * any number of helpers. They differ in the last bits from target to target.
 */
#ifndef SPECTRAL_H
#define SPECTRAL_H

#include <stdint.h>

/* Of this interface. The loader refuses a library with another number. */
enum { SPECTRAL_VERSION = 2 };

/* Arithmetic, as `Precision` in src/spectra/engine.ts. */
enum { SPECTRAL_F64, SPECTRAL_MIXED, SPECTRAL_F32 };

/* What a call returns. After any but SPECTRAL_OK the matrix is lost, and the handle is ready for the next. */
enum { SPECTRAL_OK, SPECTRAL_STOPPED, SPECTRAL_NO_MEMORY, SPECTRAL_DIVERGED };

/* The largest M: its Gram matrix has 4 GiB. */
enum { SPECTRAL_MAX_SIDE = 32768 };

typedef struct spectral spectral;

/* ---- Targets: the same kernels for several kinds of processor ---- */

/* How many targets this processor can run. They are numbered from 0; the last is the fastest. */
int spectral_target_count(void);

/* "baseline" (SSE2), "avx2" and "avx512" on x86-64; "neon" on 64-bit ARM; "baseline" elsewhere. */
const char *spectral_target_name(int target);

/* ---- Handles ---- */

/* A handle that computes by the given target. NULL if there is no memory or no such target. */
spectral *spectral_create(int target);
/* Dismisses the helpers and frees all memory. */
void spectral_destroy(spectral *s);
/*
 * While the word is not 0, calls end with SPECTRAL_STOPPED at their next step (some milliseconds). The word must
 * outlive the handle. NULL: never.
 */
void spectral_set_stop(spectral *s, const int32_t *stop);

/* ---- The Gram matrix ---- */

/* Begins a matrix of M columns whose rows come in order, or that comes by spectral_take_columns. */
int spectral_begin(spectral *s, int64_t M, int precision);
/* The next `count` rows, of M values each: f64 if `is64`, else f32. All must be finite. */
int spectral_take_rows(spectral *s, const void *rows, int is64, int64_t count);
/*
 * A wide matrix, stored as M rows of N values: for each range of SPECTRAL_PANEL_ROWS columns, beginning with column
 * `from`, all stored rows in order, in any number of calls.
 */
enum { SPECTRAL_PANEL_ROWS = 256 };
int spectral_take_columns(spectral *s, const void *rows, int is64, int64_t count, int64_t N, int64_t from);
/*
 * A wide matrix that is too large to keep is read in passes. Each holds 32 * `held` stored rows and multiplies them by
 * themselves and all later ones. All stored rows must come ceil(ceil(M / 32) / held) times. The bits are those of
 * spectral_take_columns.
 */
int spectral_begin_wide(spectral *s, int64_t N, int64_t M, int precision, int64_t held);
int spectral_take_wide_rows(spectral *s, const void *rows, int is64, int64_t count);
/* Adds what is still buffered to the sums. */
int spectral_finish_gram(spectral *s);
/* The exponent e, once all values came: all results are those of 2^-e W. */
int spectral_exponent(const spectral *s);

/* ---- Results; each uses the Gram matrix up ---- */

/* The M eigenvalues in ascending order; zero ones may be negative by rounding. */
int spectral_eigenvalues(spectral *s, double *values);
/* The same, and row i of `vectors` (M x M) is the eigenvector of values[i]. Only after SPECTRAL_F64. */
int spectral_eigenvectors(spectral *s, double *values, double *vectors);

/* ---- Singular values of W itself ---- */

/* Begins an N x M matrix, N >= M, that is kept: N M + M^2 numbers of f64. Values come as for spectral_begin. */
int spectral_begin_singular(spectral *s, int64_t N, int64_t M);
/* The M singular values in ascending order. */
int spectral_singular_values(spectral *s, double *values);

/* ---- Helpers ---- */

/* Opens the handle's work to helpers until spectral_close_team. Returns the number of the team, from 1. */
int64_t spectral_open_team(spectral *s);
/*
 * Takes shares of the work of a team, and waits for more, until the team is closed or one of the `count` words is not
 * 0. Returns at once if the team is closed already: helpers may come late.
 */
void spectral_help(int64_t team, const int32_t *const *leave, int count);
/* Sends the helpers away and waits until all are gone. */
void spectral_close_team(spectral *s);

#endif
