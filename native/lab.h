/*
 * The kernels of the lab's training engine: what kernels/lab/ does in WebAssembly, in f32. Each works on numbers of one
 * memory that the caller has laid out (src/lab/training/kernels/), and keeps no state.
 *
 * Images are stored in the order row, column, channel, one after the other. Activations X and Y have one row per
 * example, or per pixel of one. W (inputs x units) is stored in strips of `strip` units: entry (i, u) is number
 * `strip` i + u mod `strip` of strip u / `strip`. A strip has a multiple of eight inputs, padded with zeros.
 *
 * Every sum has an order that depends on the sizes alone. So one target gives the same bits in every run.
 */
#ifndef LAB_H
#define LAB_H

#include <stdint.h>

/* Rows of X and Y of one call of add_weight_gradient and descend_along_product. */
enum { LAB_MAX_ROWS = 256 };
/* Numbers of W that stay in the first-level cache: 16 KiB of a strip. */
enum { LAB_CACHED = 4096 };

/* Rows and columns of a matrix in memory; `step` numbers from one row to the next. */
typedef struct {
  float *start;
  int64_t step, rows, columns;
} lab_matrix;

/* v = momentum v + (g + decay w), w -= rate v. */
typedef struct {
  float rate, momentum, decay;
} lab_step;

/* Images, and windows over them: `top` rows and `left` columns of padding precede an image. */
typedef struct {
  int64_t height, width, channels, size, stride, top, left, out_height, out_width;
} lab_windows;

/* Batch normalisation: rows x channels values x, and the moments of the batch. */
typedef struct {
  const float *x;
  int64_t rows, channels;
  const float *mean, *variance;
  double epsilon;
  const float *scale;
  double *sums; /* 3 x channels numbers to work with */
} lab_normalisation;

typedef struct {
  int strip;
  /* Y += X W. */
  void (*add_forward)(lab_matrix x, const float *w, lab_matrix y);
  /* dX += dY W'. `work` holds LAB_CACHED numbers. */
  void (*add_input_gradient)(lab_matrix dy, const float *w, lab_matrix dx, float *work);
  /* G += X'dY, in the layout of W. `work` holds 2^16 numbers and those of dY in strips. */
  void (*add_weight_gradient)(lab_matrix x, lab_matrix dy, float *g, float *work);
  /* The step of descent along X'dY, in one pass over W and the velocities V. */
  void (*descend_along_product)(lab_matrix x, lab_matrix dy, float *w, float *v, lab_step step, float *work);
  void (*descend)(float *w, float *v, const float *g, int64_t count, lab_step step);
  /* The sum of each column: the gradient of a bias. */
  void (*sum_rows)(const float *from, int64_t rows, int64_t columns, float *to);
  double (*sum_of_squares)(const float *from, int64_t count);
  void (*rectify)(float *x, int64_t count);
  void (*rectify_gradient)(const float *y, float *gradient, int64_t count);
  /* Value i is kept, times `scale`, if the hash of key and i is at least `threshold` (src/lab/training/dropout.ts). */
  void (*drop_out)(const float *from, int64_t count, uint32_t key, uint32_t threshold, float scale, float *to);
  /* Patches of `count` output pixels from `first` on, numbered through all images; each patch added to its pixels. */
  void (*gather_patches)(const float *images, lab_windows windows, int64_t first, int64_t count, float *patches);
  void (*scatter_patches)(float *images, lab_windows windows, int64_t first, int64_t count, const float *patches);
  /* The largest value of each window, and its index, counted from the first image; of equal values the first. */
  void (*max_pool)(const float *images, int64_t count, lab_windows windows, float *to, int32_t *places);
  void (*scatter_to_places)(const float *gradient, const int32_t *places, int64_t count, float *to);
  void (*channel_moments)(const float *x, int64_t rows, int64_t channels, float *mean, float *variance, double *sums);
  /* average = momentum average + (1 - momentum) factor value */
  void (*move_average)(float *average, const float *value, int64_t channels, double momentum, double factor);
  void (*normalise)(lab_normalisation of, const float *shift, float *y);
  /* dx may overwrite dy. */
  void (*normalisation_gradient)(lab_normalisation of, const float *dy, float *d_scale, float *d_shift, float *dx);
} lab_kernels;

extern const lab_kernels lab_baseline;
#if defined(__x86_64__)
extern const lab_kernels lab_avx2, lab_avx512;
#endif

#endif
