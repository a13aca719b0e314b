/* The lab's kernels (lab.h) for one target: included behind kernels.h, whose macros it uses. All numbers are f32. */
#include "../../lab.h"

#undef LANES
#undef VECTOR
#define LANES (VECTOR_BYTES / 4)
#define VECTOR ON(lab_vector)
#define WORDS ON(lab_words)
typedef float VECTOR __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t WORDS __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

/* Units of a strip of W: two vectors. */
#define STRIP (2 * LANES)
/* Rows of a block of sums. Two vectors of each stay in registers [GG08]. */
#define ROWS (VECTOR_BYTES == 64 ? 8 : 4)

#include "products.h"
#include "weights.h"
#include "elementwise.h"
#include "images.h"
#include "normalisation.h"

const lab_kernels LAB_OBJECT = {
  .strip = STRIP,
  .add_forward = ON(lab_add_forward),
  .add_input_gradient = ON(lab_add_input_gradient),
  .add_weight_gradient = ON(lab_add_weight_gradient),
  .descend_along_product = ON(lab_descend_along_product),
  .descend = ON(lab_descend),
  .sum_rows = ON(lab_sum_rows),
  .sum_of_squares = ON(lab_sum_of_squares),
  .rectify = ON(lab_rectify),
  .rectify_gradient = ON(lab_rectify_gradient),
  .drop_out = ON(lab_drop_out),
  .gather_patches = ON(lab_gather_patches),
  .scatter_patches = ON(lab_scatter_patches),
  .max_pool = ON(lab_max_pool),
  .scatter_to_places = ON(lab_scatter_to_places),
  .channel_moments = ON(lab_channel_moments),
  .move_average = ON(lab_move_average),
  .normalise = ON(lab_normalise),
  .normalisation_gradient = ON(lab_normalisation_gradient),
};
