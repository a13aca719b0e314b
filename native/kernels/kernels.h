/*
 * All kernels, for one target. The file that includes this defines
 *
 *   VECTOR_BYTES   bytes of a vector
 *   TARGET         the attribute of functions that use them
 *   ON(name)       the name of a function for this target
 *   TARGET_OBJECT  the name of the table of these functions, TARGET_NAME what users call it
 *
 * Vectors are those of GCC and Clang: arithmetic on them is arithmetic on each lane. `a * b + c` is contracted to one
 * instruction where the target has it (-ffp-contract=fast).
 */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "../internal.h"

#define INLINE static inline __attribute__((always_inline)) TARGET
#define FUNCTION static __attribute__((noinline)) TARGET

#define T float
#define TYPED(name) ON(name##_f32)
#define IS_F64 0
#include "typed.h"
#undef T
#undef TYPED
#undef IS_F64

#define T double
#define TYPED(name) ON(name##_f64)
#define IS_F64 1
#include "typed.h"
#undef T
#undef TYPED
#undef IS_F64

/* From here on all numbers are f64. */
#define LANES (VECTOR_BYTES / 8)
/* Vectors in 32 numbers, and how many of them are worked on at once: as many as fit into half the registers. */
#define VECTORS (TILE / LANES)
#define AT_ONCE (VECTORS < 8 ? VECTORS : 8)
#define VECTOR ON(vector)
#define INTEGERS ON(integers)
#define AT(p) (*(VECTOR *)(p))
typedef double VECTOR __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));
typedef int64_t INTEGERS __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));

/* The sum of the lanes, in halves. */
INLINE double ON(total)(VECTOR a) {
  double t = a[0];
  if (LANES == 2) return t + a[1];
  if (LANES == 4) return (t + a[2 % LANES]) + (a[1] + a[3 % LANES]);
  return ((t + a[4 % LANES]) + (a[2 % LANES] + a[6 % LANES])) +
         ((a[1] + a[5 % LANES]) + (a[3 % LANES] + a[7 % LANES]));
}

#include "largest.h"
#include "band-to-tridiagonal.h"
#include "tridiagonal.h"
#include "eigenvectors.h"
#include "bidiagonal.h"

const target TARGET_OBJECT = {
  .name = TARGET_NAME,
  .largest = ON(largest),
  .pack_rows_f64 = ON(pack_rows_f64),
  .pack_rows_f32 = ON(pack_rows_f32),
  .pack_column_f64 = ON(pack_column_f64),
  .pack_column_f32 = ON(pack_column_f32),
  .gram_f64 = ON(gram_f64),
  .gram_f32 = ON(gram_f32),
  .gram_wide_f64 = ON(gram_wide_f64),
  .gram_wide_f32 = ON(gram_wide_f32),
  .dense_to_band_f64 = ON(dense_to_band_f64),
  .dense_to_band_f32 = ON(dense_to_band_f32),
  .band_to_tridiagonal = ON(band_to_tridiagonal),
  .ql_step = ON(ql_step),
  .bisect = ON(bisect),
  .bisect_values = BISECT_VECTORS * LANES,
  .make_slab = ON(make_slab),
  .rotate_slab = ON(rotate_slab),
  .factorise_panel = ON(factorise_panel_f64),
  .apply_panel = ON(apply_panel),
  .bidiagonal_step = ON(bidiagonal_step),
};
