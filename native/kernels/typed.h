/* The kernels that exist for f64 and f32, for numbers of type T. */
#define LANES (VECTOR_BYTES / (int)sizeof(T))
/* Vectors in a row of a tile. */
#define VECTORS (TILE / LANES)
#define VECTOR TYPED(vector)
#define AT(p) (*(VECTOR *)(p))
typedef T VECTOR __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(T)), may_alias));

#include "products.h"
#include "packing.h"
#include "gram.h"
#include "panel-qr.h"
#include "dense-to-band.h"

#undef LANES
#undef VECTORS
#undef VECTOR
#undef AT
