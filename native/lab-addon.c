/*
 * The lab's kernels as functions of the addon, for src/node/lab/. `openLab(target)` returns an object with a function
 * per kernel, named and called as those of kernels/lab/: addresses and steps are bytes, counted from the beginning of
 * the memory that `setMemory(buffer)` names. The object keeps the buffer alive. Functions must be called as methods of
 * it; a call before `setMemory` throws a TypeError.
 */
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"
#include "lab.h"
#include "lab-addon.h"

typedef struct {
  const lab_kernels *kernels;
  char *memory; /* aligned to a cache line */
  napi_ref buffer;
} lab;

enum { MAX_LAB_ARGUMENTS = 13, CACHE_LINE = 64 };

static const lab_kernels *kernels_of(int64_t target) {
  const lab_kernels *const all[] = {
    &lab_baseline,
#if defined(__x86_64__)
    &lab_avx2,
    &lab_avx512,
#endif
  };
  return target < 0 || target >= spectral_target_count() ? NULL : all[target];
}

/* ---- The kernels with arguments as JavaScript gives them ---- */

/* Argument k as an address, a whole number, a number. */
#define F(k) ((float *)(of->memory + (int64_t)a[k]))
#define D(k) ((double *)(of->memory + (int64_t)a[k]))
#define W(k) ((int32_t *)(of->memory + (int64_t)a[k]))
#define I(k) ((int64_t)a[k])
#define S(k) ((float)a[k])
/* A matrix at address k with its bytes per row in k + 1. */
#define MATRIX(k, rows, columns) ((lab_matrix){F(k), I((k) + 1) / 4, I(rows), I(columns)})

typedef double kernel(lab *of, const double *a);

static double clear(lab *of, const double *a) {
  memset(F(0), 0, (size_t)I(1) * sizeof(float));
  return 0;
}
static double fill_rows(lab *of, const double *a) {
  size_t bytes = (size_t)I(2) * sizeof(float);
  for (int64_t row = 0; row < I(1); row++) memcpy((char *)F(3) + (size_t)row * bytes, F(0), bytes);
  return 0;
}
static double sum_rows(lab *of, const double *a) {
  of->kernels->sum_rows(F(0), I(1), I(2), F(3));
  return 0;
}
static double sum_of_squares(lab *of, const double *a) { return of->kernels->sum_of_squares(F(0), I(1)); }
static double rectify(lab *of, const double *a) {
  of->kernels->rectify(F(0), I(1));
  return 0;
}
static double rectify_gradient(lab *of, const double *a) {
  of->kernels->rectify_gradient(F(0), F(1), I(2));
  return 0;
}
static double drop_out(lab *of, const double *a) {
  of->kernels->drop_out(F(0), I(1), (uint32_t)I(2), (uint32_t)I(3), S(4), F(5));
  return 0;
}
static double descend(lab *of, const double *a) {
  of->kernels->descend(F(0), F(1), F(2), I(3), (lab_step){S(4), S(5), S(6)});
  return 0;
}
static double add_forward(lab *of, const double *a) {
  of->kernels->add_forward(MATRIX(0, 2, 3), F(4), MATRIX(6, 2, 5));
  return 0;
}
static double add_input_gradient(lab *of, const double *a) {
  of->kernels->add_input_gradient(MATRIX(0, 2, 3), F(4), MATRIX(6, 2, 5), F(8));
  return 0;
}
static double add_weight_gradient(lab *of, const double *a) {
  of->kernels->add_weight_gradient(MATRIX(0, 2, 3), MATRIX(4, 2, 6), F(7), F(8));
  return 0;
}
static double descend_along_product(lab *of, const double *a) {
  lab_step step = {S(9), S(10), S(11)};
  of->kernels->descend_along_product(MATRIX(0, 2, 3), MATRIX(4, 2, 6), F(7), F(8), step, F(12));
  return 0;
}
static lab_windows patches_of(const double *a) {
  return (lab_windows){.height = I(1), .width = I(2), .channels = I(3), .size = I(4), .stride = 1,
                       .top = I(5), .left = I(6), .out_height = I(7), .out_width = I(8)};
}
static double gather_patches(lab *of, const double *a) {
  of->kernels->gather_patches(F(0), patches_of(a), I(9), I(10), F(11));
  return 0;
}
static double scatter_patches(lab *of, const double *a) {
  of->kernels->scatter_patches(F(0), patches_of(a), I(9), I(10), F(11));
  return 0;
}
static double max_pool(lab *of, const double *a) {
  lab_windows windows = {.height = I(2), .width = I(3), .channels = I(4), .size = I(5), .stride = I(6),
                         .top = I(7), .left = I(8), .out_height = I(9), .out_width = I(10)};
  of->kernels->max_pool(F(0), I(1), windows, F(11), W(12));
  return 0;
}
static double scatter_to_places(lab *of, const double *a) {
  of->kernels->scatter_to_places(F(0), W(1), I(2), F(3));
  return 0;
}
static double channel_moments(lab *of, const double *a) {
  of->kernels->channel_moments(F(0), I(1), I(2), F(3), F(4), D(5));
  return 0;
}
static double move_average(lab *of, const double *a) {
  of->kernels->move_average(F(0), F(1), I(2), a[3], a[4]);
  return 0;
}
static double normalise(lab *of, const double *a) {
  lab_normalisation batch = {.x = F(0), .rows = I(1), .channels = I(2), .mean = F(3), .variance = F(4),
                             .epsilon = a[5], .scale = F(6), .sums = D(9)};
  of->kernels->normalise(batch, F(7), F(8));
  return 0;
}
static double normalisation_gradient(lab *of, const double *a) {
  lab_normalisation batch = {.x = F(0), .rows = I(2), .channels = I(3), .mean = F(4), .variance = F(5),
                             .epsilon = a[6], .scale = F(7), .sums = D(11)};
  of->kernels->normalisation_gradient(batch, F(1), F(8), F(9), F(10));
  return 0;
}

typedef struct {
  const char *name;
  size_t arguments;
  kernel *call;
} entry;

static const entry ENTRIES[] = {
  {"clear", 2, clear},
  {"fillRows", 4, fill_rows},
  {"sumRows", 4, sum_rows},
  {"sumOfSquares", 2, sum_of_squares},
  {"rectifyInPlace", 2, rectify},
  {"rectifyGradientInPlace", 3, rectify_gradient},
  {"dropOut", 6, drop_out},
  {"descend", 7, descend},
  {"addForward", 9, add_forward},
  {"addInputGradient", 9, add_input_gradient},
  {"addWeightGradient", 9, add_weight_gradient},
  {"descendAlongProduct", 13, descend_along_product},
  {"gatherPatches", 12, gather_patches},
  {"scatterPatches", 12, scatter_patches},
  {"maxPool", 13, max_pool},
  {"scatterToPlaces", 4, scatter_to_places},
  {"channelMoments", 6, channel_moments},
  {"moveAverage", 5, move_average},
  {"normalise", 10, normalise},
  {"normalisationGradient", 12, normalisation_gradient},
};

/* ---- Calls ---- */

static napi_value wrong(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

static napi_value call_kernel(napi_env env, napi_callback_info info) {
  napi_value values[MAX_LAB_ARGUMENTS], self, result = NULL;
  size_t count = MAX_LAB_ARGUMENTS;
  void *data = NULL, *wrapped = NULL;
  double a[MAX_LAB_ARGUMENTS];
  napi_get_cb_info(env, info, &count, values, &self, &data);
  const entry *which = data;
  lab *of = napi_unwrap(env, self, &wrapped) == napi_ok ? wrapped : NULL;
  if (of == NULL || of->memory == NULL) return wrong(env, "a kernel of the lab was called without its memory");
  if (count != which->arguments) return wrong(env, "a kernel of the lab was called with a wrong number of arguments");
  for (size_t k = 0; k < count; k++)
    if (napi_get_value_double(env, values[k], &a[k]) != napi_ok)
      return wrong(env, "a kernel of the lab was called with something that is no number");
  napi_create_double(env, which->call(of, a), &result);
  return result;
}

/* setMemory(buffer): returns the number of its first bytes that are not used, so that address 0 is a cache line. */
static napi_value set_memory(napi_env env, napi_callback_info info) {
  napi_value buffer, self, result = NULL;
  size_t count = 1, bytes = 0;
  void *wrapped = NULL, *start = NULL;
  napi_get_cb_info(env, info, &count, &buffer, &self, NULL);
  if (napi_unwrap(env, self, &wrapped) != napi_ok || napi_get_arraybuffer_info(env, buffer, &start, &bytes) != napi_ok)
    return wrong(env, "the memory of the lab is an ArrayBuffer");
  lab *of = wrapped;
  if (of->buffer != NULL) return wrong(env, "the lab has its memory already");
  size_t unused = (CACHE_LINE - (uintptr_t)start % CACHE_LINE) % CACHE_LINE;
  if (bytes < CACHE_LINE || napi_create_reference(env, buffer, 1, &of->buffer) != napi_ok)
    return wrong(env, "the memory of the lab is too small");
  of->memory = (char *)start + unused;
  napi_create_double(env, (double)unused, &result);
  return result;
}

static void close_lab(napi_env env, void *data, void *hint) {
  (void)hint;
  lab *of = data;
  if (of->buffer != NULL) napi_delete_reference(env, of->buffer);
  free(of);
}

static void set_function(napi_env env, napi_value object, const char *name, napi_callback call, const void *data) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, (void *)data, &function);
  napi_set_named_property(env, object, name, function);
}

/* openLab(target): its kernels, `stripUnits`, and setMemory. */
static napi_value open_lab(napi_env env, napi_callback_info info) {
  napi_value target, object, strip;
  size_t count = 1;
  int64_t number = -1;
  napi_get_cb_info(env, info, &count, &target, NULL, NULL);
  napi_get_value_int64(env, target, &number);
  const lab_kernels *kernels = kernels_of(number);
  if (kernels == NULL) {
    napi_throw_range_error(env, NULL, "this processor cannot run that target");
    return NULL;
  }
  lab *of = calloc(1, sizeof *of);
  if (of == NULL) return wrong(env, "there is no memory");
  of->kernels = kernels;
  napi_create_object(env, &object);
  if (napi_wrap(env, object, of, close_lab, NULL, NULL) != napi_ok) {
    free(of);
    return wrong(env, "there is no memory");
  }
  for (size_t k = 0; k < sizeof ENTRIES / sizeof *ENTRIES; k++)
    set_function(env, object, ENTRIES[k].name, call_kernel, &ENTRIES[k]);
  set_function(env, object, "setMemory", set_memory, NULL);
  napi_create_int32(env, kernels->strip, &strip);
  napi_set_named_property(env, object, "stripUnits", strip);
  return object;
}

void export_lab(napi_env env, napi_value exports) { set_function(env, exports, "openLab", open_lab, NULL); }
