/* What the files of this library share: the handle, the kernels of a target, and a few inline functions. */
#ifndef SPECTRAL_INTERNAL_H
#define SPECTRAL_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include "spectral.h"

/* Side of a tile, and bandwidth of the band matrix. */
#define TILE 32
#define TILE_ENTRIES (TILE * TILE)
/* Rows of W that are packed and multiplied at once. Sums in f32 never run over more. */
#define PANEL_ROWS SPECTRAL_PANEL_ROWS
/* Doubles of a column of the band: 32 rows below the diagonal, and the room into which the chase lets it grow. */
#define BAND_COLUMN (2 * TILE)
/* Reflectors of the chase, as kept for the eigenvectors: 32 entries and tau. */
#define CHASE_REFLECTOR (TILE + 1)
/* Sums of squares up to this count as zero: their reflector would divide by a number without full precision. */
#define NEGLIGIBLE_SQUARE 0x1p-960
/* Rows of tiles in a share of most stages. */
#define SHARE_TILES 4
/* Entries past the end of arrays that kernels read by whole vectors. */
#define SLACK 64

/* A stage of the work is cut into shares, numbered from 0; the number of shares depends on the sizes alone. */
typedef void stage(spectral *s, int64_t share);

/* Rotations of one sweep of QL: rows first ... last, from the last to the first. */
typedef struct {
  int64_t first, last;
  int64_t at; /* of its rotations, in doubles */
} ql_sweep;

/* A block of memory that is kept from one matrix to the next. */
typedef struct {
  void *start; /* aligned to 64 bytes */
  void *allocated;
  size_t bytes;
} block;

enum {
  BLOCK_OPERAND, BLOCK_GRAM, BLOCK_PANEL, BLOCK_PRODUCT, BLOCK_UPDATE, BLOCK_PARTIAL, BLOCK_WORK, BLOCK_SMALL,
  BLOCK_BAND, BLOCK_DIAGONAL, BLOCK_SQUARES, BLOCK_VALUES, BLOCK_SCRATCH,
  BLOCK_REFLECTORS, BLOCK_FACTORS, BLOCK_CHASED, BLOCK_CHASE_STARTS, BLOCK_SLABS, BLOCK_ROTATIONS, BLOCK_TURNS,
  BLOCK_SWEEPS,
  BLOCKS
};

/* The threads that work on a handle: team.c. */
typedef struct {
  int64_t number; /* 0: closed */
  spectral *next; /* in the list of open teams */
  stage *share;
  int64_t shares;
  int64_t done;
  uint64_t ticket; /* number of the stage << 32 | next share */
  int32_t helpers;
  int32_t closing;
} team;

typedef struct target target;

struct spectral {
  const target *kernels;
  const int32_t *stop;
  block blocks[BLOCKS];
  team team;

  /* The matrix: N only if it is known from the start. */
  int64_t N, M;
  int64_t tiles; /* ceil(M / 32) */
  int precision;
  int exponent;
  int has_exponent; /* whether a value other than 0 came */
  int keeps_matrix; /* whether this is for singular values */

  /* Rows of W packed in strips of 32 columns, `capacity` rows long, of which `filled` are in use. */
  void *operand; /* f64, or f32 below that precision */
  int64_t capacity, filled;
  int64_t columns_taken; /* stored rows of a wide matrix, in this range */

  /* A wide matrix in passes. */
  int64_t held;       /* rows of tiles that are held; 0: not in passes */
  int64_t first_held; /* the first of them */
  int64_t wide_row;   /* the next stored row */
  int64_t panels;     /* ranges of 256 columns */

  double *gram; /* lower triangle of tiles, row by row */

  /* Dense to band: step `step` of `tiles`. Numbers of the type of the reduction. */
  int64_t step;
  void *panel, *product, *update, *partial, *work;
  void *factor, *half;
  int64_t group; /* rows of tiles in a share of the product */

  double *band; /* columns of BAND_COLUMN doubles, from the diagonal down */
  double *diagonal, *squares; /* of the tridiagonal matrix: entries, and squared ones beside them */

  /* Bisection: of `order` x `order`, eigenvalues number first_value and on, from the estimates in `values`. */
  int64_t order, first_value, bisection_steps;
  double reach;
  double *values, *scratch;

  /* Eigenvectors: what is kept of the reductions, and the vectors in slabs of 32 columns. */
  int keeps_reflectors;
  double *reflectors, *factors, *chased;
  int64_t *chase_starts;
  double *slabs, *rotations, *turns;
  ql_sweep *sweeps;
  int64_t sweep_count, turn_count;
};

/* The kernels of one target: kernels/kernels.h. */
struct target {
  const char *name;
  double (*largest)(const void *values, int is64, int64_t count);
  void (*pack_rows_f64)(spectral *s, const void *rows, int is64, int64_t count, double scale);
  void (*pack_rows_f32)(spectral *s, const void *rows, int is64, int64_t count, double scale);
  void (*pack_column_f64)(void *to, const void *values, int is64, int64_t count, double scale);
  void (*pack_column_f32)(void *to, const void *values, int is64, int64_t count, double scale);
  stage *gram_f64, *gram_f32;
  stage *gram_wide_f64, *gram_wide_f32;
  int (*dense_to_band_f64)(spectral *s);
  int (*dense_to_band_f32)(spectral *s);
  int (*band_to_tridiagonal)(spectral *s);
  void (*ql_step)(double *diagonal, double *squares, int64_t first, int64_t last);
  stage *bisect;
  int64_t bisect_values; /* in a share */
  stage *make_slab, *rotate_slab;
  void (*factorise_panel)(double *panel, int64_t rows, double *upper, double *factor, double *work);
  stage *apply_panel;
  void (*bidiagonal_step)(double *square, int64_t n, int64_t k, double *work, double *diagonal, double *upper);
};

extern const target spectral_baseline;
#if defined(__x86_64__)
extern const target spectral_avx2, spectral_avx512;
#endif

/* Where tile (I, J), J <= I, of a lower triangle of tiles begins. */
static inline int64_t tile_at(int64_t I, int64_t J) { return (I * (I + 1) / 2 + J) * TILE_ENTRIES; }

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

/*
 * Rows of tiles in a share of the product by the matrix with `left` rows of tiles: at most eight shares while that
 * makes them no longer than eight rows.
 */
static inline int64_t product_group(int64_t left) {
  int64_t rows = ceil_divide(left, 8);
  return rows < 2 ? 2 : rows > 8 ? 8 : rows;
}

static inline int is_stopped(const spectral *s) {
  return s->stop != NULL && __atomic_load_n(s->stop, __ATOMIC_RELAXED) != 0;
}

/* handle.c: zeroed memory for `count` items; NULL if there is none. The block's earlier contents are lost. */
void *reserve(spectral *s, int which, int64_t count, size_t bytes_per_item);
/* team.c: does all shares of a stage, with the helpers. After a stop, some are left out. */
void run_stage(spectral *s, stage *share, int64_t shares);
/* gram.c */
int flush_panel(spectral *s);
/* eigenvalues.c */
int tridiagonalise(spectral *s);
int tridiagonal_eigenvalues(spectral *s, int refined);
int refine_eigenvalues(spectral *s, double norm, double reach, int passes, int64_t count);
int by_value(const void *a, const void *b);

#endif
