/*
 * The contract of the lab's kernels (lab.h) as a C program, for sanitizers and emulators, as contract.c is that of the
 * spectral ones. Every array has exactly the length that lab.h asks for. Prints one line per failure; exit code 1 if
 * there was one.
 *
 * Checks, for every target, against loops in f64: the three products and the step of descent on sides that no block
 * divides, the elementwise kernels, patches, pooling, and batch normalisation.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../lab.h"
#include "../spectral.h"

#define EPS 0x1p-23

static int failures;
static const char *target_name;

static void expect(int holds, const char *what, int64_t a, int64_t b, int64_t c) {
  if (holds) return;
  failures++;
  printf("FAILED: %s: %s, %lld, %lld, %lld\n", target_name, what, (long long)a, (long long)b, (long long)c);
}

static void *room(int64_t count, size_t bytes) {
  void *made = calloc((size_t)count, bytes);
  if (made == NULL) abort();
  return made;
}

/* Uniform in [-1/2, 1/2), from a linear congruential generator. */
static float *noise(int64_t count, uint64_t seed) {
  float *made = room(count, sizeof(float));
  for (int64_t k = 0; k < count; k++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    made[k] = (float)((double)(seed >> 11) * 0x1p-53 - 0.5);
  }
  return made;
}

static float *copy_of(const float *from, int64_t count) {
  return memcpy(room(count, sizeof(float)), from, (size_t)count * sizeof(float));
}

/* A sum of `terms` products in f32 is off by at most terms * EPS times the sum of their sizes, in any order. */
static int is_near(float found, double expected, double sizes, int64_t terms) {
  return fabs((double)found - expected) <= (double)(terms + 2) * EPS * (sizes + 1);
}

/* ---- Products ---- */

typedef struct {
  int64_t rows, inputs, units, strip, padded, strips;
} shape;

static int64_t weight_at(shape s, int64_t i, int64_t u) {
  return u / s.strip * s.padded * s.strip + i * s.strip + u % s.strip;
}

/* Random weights in strips. Their padding is zero. */
static float *weights(shape s, uint64_t seed) {
  int64_t count = s.strips * s.padded * s.strip;
  float *w = room(count, sizeof(float)), *random = noise(s.inputs * s.units, seed);
  for (int64_t i = 0; i < s.inputs; i++)
    for (int64_t u = 0; u < s.units; u++) w[weight_at(s, i, u)] = random[i * s.units + u];
  free(random);
  return w;
}

static void forward(const lab_kernels *k, shape s, const float *x, const float *w) {
  float *y = noise(s.rows * s.units, 3), *before = copy_of(y, s.rows * s.units);
  k->add_forward((lab_matrix){(float *)x, s.inputs, s.rows, s.inputs}, w,
                 (lab_matrix){y, s.units, s.rows, s.units});
  for (int64_t r = 0; r < s.rows; r++)
    for (int64_t u = 0; u < s.units; u++) {
      double sum = before[r * s.units + u], sizes = 0;
      for (int64_t i = 0; i < s.inputs; i++) {
        double term = (double)x[r * s.inputs + i] * w[weight_at(s, i, u)];
        sum += term;
        sizes += fabs(term);
      }
      if (!is_near(y[r * s.units + u], sum, sizes, s.inputs)) {
        expect(0, "Y += X W", s.rows, s.inputs, s.units);
        goto done;
      }
    }
done:
  free(y);
  free(before);
}

static void input_gradient(const lab_kernels *k, shape s, const float *dy, const float *w) {
  float *dx = noise(s.rows * s.inputs, 4), *before = copy_of(dx, s.rows * s.inputs);
  float *work = room(LAB_CACHED, sizeof(float));
  k->add_input_gradient((lab_matrix){(float *)dy, s.units, s.rows, s.units}, w,
                        (lab_matrix){dx, s.inputs, s.rows, s.inputs}, work);
  for (int64_t r = 0; r < s.rows; r++)
    for (int64_t i = 0; i < s.inputs; i++) {
      double sum = before[r * s.inputs + i], sizes = 0;
      for (int64_t u = 0; u < s.units; u++) {
        double term = (double)dy[r * s.units + u] * w[weight_at(s, i, u)];
        sum += term;
        sizes += fabs(term);
      }
      if (!is_near(dx[r * s.inputs + i], sum, sizes, s.units)) {
        expect(0, "dX += dY W'", s.rows, s.inputs, s.units);
        goto done;
      }
    }
done:
  free(dx);
  free(before);
  free(work);
}

/* Of at most LAB_MAX_ROWS rows: the gradient, and the step along it. */
static void weight_gradient(const lab_kernels *k, shape s, const float *x, const float *dy, const float *w) {
  int64_t count = s.strips * s.padded * s.strip;
  float *g = weights(s, 5), *before = copy_of(g, count);
  float *stepped = copy_of(w, count), *v = weights(s, 6), *velocity = copy_of(v, count);
  float *work = room((1 << 16) + s.rows * s.strips * s.strip, sizeof(float));
  lab_matrix X = {(float *)x, s.inputs, s.rows, s.inputs}, dY = {(float *)dy, s.units, s.rows, s.units};
  const lab_step by = {0.5f, 0.75f, 0.125f};
  k->add_weight_gradient(X, dY, g, work);
  k->descend_along_product(X, dY, stepped, v, by, work);
  for (int64_t i = 0; i < s.inputs; i++)
    for (int64_t u = 0; u < s.units; u++) {
      int64_t at = weight_at(s, i, u);
      double sum = 0, sizes = 0;
      for (int64_t r = 0; r < s.rows; r++) {
        double term = (double)x[r * s.inputs + i] * dy[r * s.units + u];
        sum += term;
        sizes += fabs(term);
      }
      double expected = by.momentum * (double)velocity[at] + by.decay * (double)w[at] + sum;
      int holds = is_near(g[at], before[at] + sum, sizes, s.rows) && is_near(v[at], expected, sizes, s.rows) &&
                  is_near(stepped[at], w[at] - by.rate * expected, sizes, s.rows);
      if (!holds) {
        expect(0, "G += X'dY, and the step along it", s.rows, s.inputs, s.units);
        goto done;
      }
    }
  for (int64_t at = 0; at < count; at++)
    if (w[at] == 0 && velocity[at] == 0 && stepped[at] != 0) {
      expect(0, "padding stays zero", s.rows, s.inputs, s.units);
      break;
    }
done:
  free(g);
  free(before);
  free(stepped);
  free(v);
  free(velocity);
  free(work);
}

/* Of weights without gradient: their velocities end at zero below 2^-100, and only there. */
static void small_velocities(const lab_kernels *k) {
  float x[8] = {0}, dy[1] = {0};
  float *w = room(8 * k->strip, sizeof(float)), *v = room(8 * k->strip, sizeof(float));
  float *work = room((1 << 16) + k->strip, sizeof(float));
  v[0] = 2 * 0x1.fp-101f;
  v[1] = 2 * 0x1p-100f;
  v[2] = NAN;
  k->descend_along_product((lab_matrix){x, 8, 1, 8}, (lab_matrix){dy, 1, 1, 1}, w, v, (lab_step){1, 0.5f, 0}, work);
  expect(v[0] == 0 && v[1] == 0x1p-100f && isnan(v[2]), "small velocities of a dense layer", 0, 0, 0);
  free(w);
  free(v);
  free(work);
}

static void products(const lab_kernels *k) {
  /* Below, at and past the blocks: 4 or 8 rows, strips of 8 to 32, 128 to 512 terms, 256 rows, 2^16 packed numbers. */
  const int64_t rows[] = {1, 2, 3, 4, 5, 7, 8, 9, 256, 259};
  const int64_t inputs[] = {1, 8, 31, 131, 261}, units[] = {1, 32, 45, 520};
  for (size_t a = 0; a < sizeof rows / sizeof *rows; a++)
    for (size_t b = 0; b < sizeof inputs / sizeof *inputs; b++)
      for (size_t c = 0; c < sizeof units / sizeof *units; c++) {
        int64_t strips = (units[c] + k->strip - 1) / k->strip;
        shape s = {rows[a], inputs[b], units[c], k->strip, (inputs[b] + 7) / 8 * 8, strips};
        if (s.rows > 9 && s.inputs > 8 && s.units > 45) continue;
        float *x = noise(s.rows * s.inputs, 1), *dy = noise(s.rows * s.units, 2), *w = weights(s, 7);
        forward(k, s, x, w);
        input_gradient(k, s, dy, w);
        if (s.rows <= LAB_MAX_ROWS) weight_gradient(k, s, x, dy, w);
        free(x);
        free(dy);
        free(w);
      }
}

/* ---- One pass over values ---- */

enum { COUNT = 77 };

static void elementwise(const lab_kernels *k) {
  float *x = noise(COUNT, 1), *y = copy_of(x, COUNT), *g = noise(COUNT, 2), *h = copy_of(g, COUNT);
  x[5] = y[5] = NAN;
  k->rectify(y, COUNT);
  k->rectify_gradient(y, g, COUNT);
  int holds = 1;
  for (int i = 0; i < COUNT; i++)
    holds &= i == 5 ? isnan(y[i]) && g[i] == 0 : y[i] == (x[i] > 0 ? x[i] : 0) && g[i] == (x[i] > 0 ? h[i] : 0);
  expect(holds, "rectified values and gradients, NaN kept", COUNT, 0, 0);

  float *w = noise(COUNT, 3), *v = noise(COUNT, 4), *old = copy_of(w, COUNT), *velocity = copy_of(v, COUNT);
  const float small[] = {0x1.fp-101f, 0x1p-100f};
  for (int i = 0; i < 2; i++) {
    w[i] = h[i] = 0;
    v[i] = 2 * small[i];
  }
  k->descend(w, v, h, COUNT, (lab_step){0.5f, 0.5f, 0});
  expect(v[0] == 0 && v[1] == small[1], "velocities below 2^-100 end at zero, others do not", 0, 0, 0);
  holds = 1;
  for (int i = 2; i < COUNT; i++) {
    double expected = 0.5 * velocity[i] + h[i];
    holds &= is_near(v[i], expected, 1, 2) && is_near(w[i], old[i] - 0.5 * expected, 1, 2);
  }
  expect(holds, "the step of descent", COUNT, 0, 0);

  float sums[7];
  k->sum_rows(h, COUNT / 7, 7, sums);
  double sum = 0, squares = 0;
  for (int r = 0; r < COUNT / 7; r++) sum += h[r * 7 + 3];
  for (int i = 0; i < COUNT; i++) squares += (double)h[i] * h[i];
  expect(is_near(sums[3], sum, COUNT, COUNT / 7), "sums of columns", COUNT, 7, 0);
  /* In f64. */
  expect(fabs(k->sum_of_squares(h, COUNT) - squares) <= COUNT * 0x1p-52 * squares, "the sum of squares", COUNT, 0, 0);

  k->drop_out(h, COUNT, 12345, 1u << 31, 2, y);
  int kept = 0;
  holds = 1;
  for (int i = 0; i < COUNT; i++) {
    holds &= y[i] == 0 || y[i] == 2 * h[i];
    kept += y[i] != 0;
  }
  /* Four standard deviations of a fair coin. */
  holds &= fabs(kept - COUNT / 2.0) < 4 * sqrt(COUNT / 4.0);
  expect(holds, "half of the values are kept, times two", kept, 0, 0);
  float *lists[] = {x, y, g, h, w, v, old, velocity};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) free(lists[i]);
}

/* ---- Images ---- */

static void images(const lab_kernels *k, int64_t channels) {
  enum { IMAGES = 2, HEIGHT = 7, WIDTH = 5 };
  int64_t size = IMAGES * HEIGHT * WIDTH * channels;
  float *from = noise(size, 1);
  lab_windows of = {HEIGHT, WIDTH, channels, 3, 1, 1, 1, HEIGHT, WIDTH};
  int64_t pixels = IMAGES * HEIGHT * WIDTH - 3, patch = 9 * channels;
  float *patches = noise(pixels * patch, 2), *to = room(size, sizeof(float));
  double *expected = room(size, sizeof(double));
  k->gather_patches(from, of, 2, pixels, patches);
  k->scatter_patches(to, of, 2, pixels, patches);
  int holds = 1;
  for (int64_t p = 0; p < pixels; p++)
    for (int64_t tap = 0; tap < 9; tap++) {
      int64_t pixel = p + 2, image = pixel / (HEIGHT * WIDTH);
      int64_t y = pixel / WIDTH % HEIGHT + tap / 3 - 1, x = pixel % WIDTH + tap % 3 - 1;
      int inside = y >= 0 && y < HEIGHT && x >= 0 && x < WIDTH;
      for (int64_t c = 0; c < channels; c++) {
        int64_t at = inside ? ((image * HEIGHT + y) * WIDTH + x) * channels + c : 0;
        holds &= patches[p * patch + tap * channels + c] == (inside ? from[at] : 0);
        if (inside) expected[at] += from[at];
      }
    }
  expect(holds, "patches, zero outside the image", channels, 0, 0);
  holds = 1;
  for (int64_t i = 0; i < size; i++) holds &= is_near(to[i], expected[i], fabs(expected[i]), 9);
  expect(holds, "patches added to their pixels", channels, 0, 0);

  /* Windows of 3 with a step of 2 and one row and column of padding: 4 x 3 of them. The first two values are equal. */
  lab_windows windows = {HEIGHT, WIDTH, channels, 3, 2, 1, 1, 4, 3};
  int64_t count = IMAGES * 4 * 3 * channels;
  float *largest = room(count, sizeof(float)), *gradient = room(size, sizeof(float));
  int32_t *places = room(count, sizeof(int32_t));
  from[0] = from[channels] = 9;
  k->max_pool(from, IMAGES, windows, largest, places);
  holds = places[0] == 0;
  for (int64_t i = 0; i < count; i++) {
    int64_t c = i % channels, window = i / channels, image = window / 12, top = window / 3 % 4 * 2 - 1;
    int64_t left = window % 3 * 2 - 1;
    float most = -INFINITY;
    for (int64_t y = top < 0 ? 0 : top; y < top + 3 && y < HEIGHT; y++)
      for (int64_t x = left < 0 ? 0 : left; x < left + 3 && x < WIDTH; x++)
        most = fmaxf(most, from[((image * HEIGHT + y) * WIDTH + x) * channels + c]);
    holds &= largest[i] == most && from[places[i]] == most && places[i] % channels == c;
  }
  expect(holds, "the largest value of each window, and its place", channels, 0, 0);
  k->scatter_to_places(largest, places, count, gradient);
  double all = 0, came = 0;
  for (int64_t i = 0; i < count; i++) all += largest[i];
  for (int64_t i = 0; i < size; i++) came += gradient[i];
  expect(fabs(all - came) <= (double)count * EPS * 16, "gradients go to the places", channels, 0, 0);
  free(from);
  free(patches);
  free(to);
  free(expected);
  free(largest);
  free(gradient);
  free(places);
}

/* ---- Batch normalisation ---- */

static void normalisation(const lab_kernels *k, int64_t channels) {
  enum { BATCH = 13 };
  const double epsilon = 0.001;
  int64_t count = BATCH * channels;
  float *x = noise(count, 1), *dy = noise(count, 2), *scale = noise(channels, 3), *shift = noise(channels, 4);
  float *mean = room(channels, sizeof(float)), *variance = room(channels, sizeof(float));
  float *y = room(count, sizeof(float)), *d_scale = room(channels, sizeof(float));
  float *d_shift = room(channels, sizeof(float));
  double *sums = room(3 * channels, sizeof(double));
  for (int64_t i = 0; i < count; i++) x[i] += 100; /* a large mean costs no digits */
  k->channel_moments(x, BATCH, channels, mean, variance, sums);
  lab_normalisation of = {x, BATCH, channels, mean, variance, epsilon, scale, sums};
  k->normalise(of, shift, y);
  int holds = 1;
  for (int64_t c = 0; c < channels; c++) {
    double m = 0, s = 0;
    for (int r = 0; r < BATCH; r++) m += x[r * channels + c] / (double)BATCH;
    for (int r = 0; r < BATCH; r++) s += pow(x[r * channels + c] - m, 2) / BATCH;
    /* Mean and variance are rounded to f32: that of the mean, 100 EPS, is divided by a deviation of some 0.3. */
    holds &= is_near(mean[c], m, 100, 1) && is_near(variance[c], s, 1, 1);
    for (int r = 0; r < BATCH; r++) {
      double z = scale[c] * (x[r * channels + c] - m) / sqrt(s + epsilon) + shift[c];
      holds &= fabs(y[r * channels + c] - z) <= 1000 * EPS;
    }
  }
  expect(holds, "moments and normalised values", channels, 0, 0);

  float *dx = copy_of(dy, count);
  k->normalisation_gradient(of, dx, d_scale, d_shift, dx);
  holds = 1;
  for (int64_t c = 0; c < channels; c++) {
    double sd = sqrt(variance[c] + epsilon), sum = 0, product = 0, left = 0;
    for (int r = 0; r < BATCH; r++) {
      sum += dy[r * channels + c];
      product += dy[r * channels + c] * ((double)x[r * channels + c] - mean[c]) / sd;
      left += dx[r * channels + c];
    }
    holds &= is_near(d_shift[c], sum, BATCH, 1) && is_near(d_scale[c], product, BATCH, 1);
    /* A gradient of a normalised value has no part along the mean, but for the mean's own rounding. */
    holds &= fabs(left) <= 1000 * BATCH * EPS;
    for (int r = 0; r < BATCH; r++) {
      double z = ((double)x[r * channels + c] - mean[c]) / sd;
      double expected = scale[c] / sd * (dy[r * channels + c] - sum / BATCH - z * product / BATCH);
      holds &= is_near(dx[r * channels + c], expected, 10, 1);
    }
  }
  expect(holds, "gradients of a normalisation, in place", channels, 0, 0);

  float average[] = {2}, value[] = {10};
  k->move_average(average, value, 1, 0.75, 2);
  expect(average[0] == 6.5f, "0.75 of 2 and 0.25 of twice 10", 0, 0, 0);
  void *lists[] = {x, dy, scale, shift, mean, variance, y, d_scale, d_shift, sums, dx};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) free(lists[i]);
}

int main(void) {
  const lab_kernels *const all[] = {
    &lab_baseline,
#if defined(__x86_64__)
    &lab_avx2,
    &lab_avx512,
#endif
  };
  int count = spectral_target_count();
  for (int target = 0; target < count; target++) {
    const lab_kernels *k = all[target];
    target_name = spectral_target_name(target);
    products(k);
    small_velocities(k);
    elementwise(k);
    for (int64_t channels = 1; channels <= 35; channels += 17) {
      images(k, channels);
      normalisation(k, channels);
    }
  }
  printf("lab: %d targets, %d failures\n", count, failures);
  return failures > 0;
}
