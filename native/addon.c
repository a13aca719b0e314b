/*
 * The library as a Node-API addon, for src/node/native/. It may be loaded by several threads of a process at once; a
 * handle belongs to the thread that made it. Functions return a status (spectral.h) unless said otherwise; an argument
 * of a wrong type or length throws a TypeError.
 */
#include <node_api.h>
#include "internal.h"
#include "lab-addon.h"

/* ---- Arguments ---- */

enum { MAX_ARGUMENTS = 5 };

typedef struct {
  napi_env env;
  napi_value values[MAX_ARGUMENTS];
  int ok;
} arguments;

static arguments arguments_of(napi_env env, napi_callback_info info) {
  arguments a = {.env = env, .ok = 1};
  size_t count = MAX_ARGUMENTS; /* the missing ones become undefined */
  napi_get_cb_info(env, info, &count, a.values, NULL, NULL);
  return a;
}

static napi_value wrong_argument(arguments *a) {
  napi_throw_type_error(a->env, NULL, "the native library was called with a wrong argument");
  return NULL;
}

static int64_t integer(arguments *a, int k) {
  int64_t value = 0;
  if (napi_get_value_int64(a->env, a->values[k], &value) != napi_ok) a->ok = 0;
  return value;
}

static spectral *handle(arguments *a, int k) {
  void *s = NULL;
  napi_valuetype type;
  if (napi_typeof(a->env, a->values[k], &type) != napi_ok || type != napi_external ||
      napi_get_value_external(a->env, a->values[k], &s) != napi_ok || s == NULL)
    a->ok = 0;
  return s;
}

typedef struct {
  void *start;
  int64_t length;
  int is64;
} numbers;

/* Whether the argument is a typed array, and if so what it holds. */
static int is_typed_array(arguments *a, int k, napi_typedarray_type *type, size_t *length, void **start) {
  bool is = false;
  return napi_is_typedarray(a->env, a->values[k], &is) == napi_ok && is &&
         napi_get_typedarray_info(a->env, a->values[k], type, length, start, NULL, NULL) == napi_ok;
}

/* A Float64Array or Float32Array. */
static numbers floats(arguments *a, int k) {
  napi_typedarray_type type;
  size_t length = 0;
  numbers found = {NULL, 0, 0};
  if (!is_typed_array(a, k, &type, &length, &found.start) ||
      (type != napi_float64_array && type != napi_float32_array))
    a->ok = 0;
  else {
    found.length = (int64_t)length;
    found.is64 = type == napi_float64_array;
  }
  return found;
}

/* A Float64Array of at least so many numbers, to write to. */
static double *room(arguments *a, int k, int64_t length) {
  numbers found = floats(a, k);
  if (!found.is64 || found.length < length) a->ok = 0;
  return found.start;
}

/* Word `index` of an Int32Array. */
static const int32_t *word(arguments *a, int k, int64_t index) {
  napi_typedarray_type type;
  size_t length = 0;
  void *start = NULL;
  if (!is_typed_array(a, k, &type, &length, &start) || type != napi_int32_array || index < 0 ||
      (size_t)index >= length) {
    a->ok = 0;
    return NULL;
  }
  return (const int32_t *)start + index;
}

static napi_value number(napi_env env, double x) {
  napi_value value;
  napi_create_double(env, x, &value);
  return value;
}

/* ---- Handles: create(target, stopWord), begin(handle, M, precision), ... ---- */

static void destroy_handle(napi_env env, void *s, void *stop_array) {
  spectral_destroy(s);
  if (stop_array != NULL) napi_delete_reference(env, stop_array);
}

/*
 * Returns a handle. The garbage collector destroys it, and the end of its thread does. It keeps the array of the stop
 * word: without a reference the word's memory could be given to others while the handle reads it.
 */
static napi_value create(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  int64_t target_number = integer(&a, 0);
  const int32_t *stop = word(&a, 1, 0);
  if (!a.ok) return wrong_argument(&a);
  spectral *s = spectral_create((int)target_number);
  if (s == NULL) {
    napi_throw_range_error(env, NULL, "no memory, or this processor cannot run that target");
    return NULL;
  }
  spectral_set_stop(s, stop);
  napi_ref stop_array = NULL;
  napi_value external;
  if (napi_create_reference(env, a.values[1], 1, &stop_array) != napi_ok ||
      napi_create_external(env, s, destroy_handle, stop_array, &external) != napi_ok) {
    destroy_handle(env, s, stop_array);
    return NULL;
  }
  return external;
}

static napi_value begin(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  int64_t M = integer(&a, 1), precision = integer(&a, 2);
  if (!a.ok) return wrong_argument(&a);
  return number(env, spectral_begin(s, M, (int)precision));
}

static napi_value begin_wide(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  int64_t N = integer(&a, 1), M = integer(&a, 2), precision = integer(&a, 3), held = integer(&a, 4);
  if (!a.ok) return wrong_argument(&a);
  return number(env, spectral_begin_wide(s, N, M, (int)precision, held));
}

static napi_value begin_singular(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  int64_t N = integer(&a, 1), M = integer(&a, 2);
  if (!a.ok) return wrong_argument(&a);
  return number(env, spectral_begin_singular(s, N, M));
}

static napi_value take_rows(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  numbers rows = floats(&a, 1);
  if (!a.ok || s->M == 0 || rows.length % s->M != 0) return wrong_argument(&a);
  return number(env, spectral_take_rows(s, rows.start, rows.is64, rows.length / s->M));
}

/* takeColumns(handle, storedRows, N, from) */
static napi_value take_columns(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  numbers rows = floats(&a, 1);
  int64_t N = integer(&a, 2), from = integer(&a, 3);
  int fits = a.ok && N > 0 && from >= 0 && from < N && rows.length % N == 0 &&
             rows.length / N <= s->M - s->columns_taken;
  if (!fits) return wrong_argument(&a);
  return number(env, spectral_take_columns(s, rows.start, rows.is64, rows.length / N, N, from));
}

static napi_value take_wide_rows(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  numbers rows = floats(&a, 1);
  if (!a.ok || s->held == 0 || rows.length % s->N != 0) return wrong_argument(&a);
  return number(env, spectral_take_wide_rows(s, rows.start, rows.is64, rows.length / s->N));
}

static napi_value finish_gram(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  return a.ok ? number(env, spectral_finish_gram(s)) : wrong_argument(&a);
}

/* Returns the exponent. */
static napi_value exponent(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  return a.ok ? number(env, spectral_exponent(s)) : wrong_argument(&a);
}

static napi_value eigenvalues(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  double *values = room(&a, 1, a.ok ? s->M : 0);
  return a.ok ? number(env, spectral_eigenvalues(s, values)) : wrong_argument(&a);
}

static napi_value eigenvectors(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  double *values = room(&a, 1, a.ok ? s->M : 0), *vectors = room(&a, 2, a.ok ? s->M * s->M : 0);
  return a.ok ? number(env, spectral_eigenvectors(s, values, vectors)) : wrong_argument(&a);
}

static napi_value singular_values(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  double *values = room(&a, 1, a.ok ? s->M : 0);
  return a.ok ? number(env, spectral_singular_values(s, values)) : wrong_argument(&a);
}

/* ---- Helpers ---- */

/* Returns the number of the team, which other threads give to help. */
static napi_value open_team(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  return a.ok ? number(env, (double)spectral_open_team(s)) : wrong_argument(&a);
}

static napi_value close_team(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  spectral *s = handle(&a, 0);
  if (!a.ok) return wrong_argument(&a);
  spectral_close_team(s);
  return number(env, SPECTRAL_OK);
}

/* help(team, words, ended, recalled, stopWord): leaves when words[ended], words[recalled] or the stop word is set. */
static napi_value help(napi_env env, napi_callback_info info) {
  arguments a = arguments_of(env, info);
  int64_t number_of_team = integer(&a, 0);
  const int32_t *leave[] = {word(&a, 1, integer(&a, 2)), word(&a, 1, integer(&a, 3)), word(&a, 4, 0)};
  if (!a.ok) return wrong_argument(&a);
  spectral_help(number_of_team, leave, 3);
  return number(env, SPECTRAL_OK);
}

/* ---- Module: version, targets (names, of which this processor can run all) and the functions above ---- */

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
    {"create", create}, {"begin", begin}, {"beginWide", begin_wide}, {"beginSingular", begin_singular},
    {"takeRows", take_rows}, {"takeColumns", take_columns}, {"takeWideRows", take_wide_rows},
    {"finishGram", finish_gram}, {"exponent", exponent}, {"eigenvalues", eigenvalues},
    {"eigenvectors", eigenvectors}, {"singularValues", singular_values},
    {"openTeam", open_team}, {"closeTeam", close_team}, {"help", help},
  };
  for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
    napi_value function;
    napi_create_function(env, functions[k].name, NAPI_AUTO_LENGTH, functions[k].call, NULL, &function);
    napi_set_named_property(env, exports, functions[k].name, function);
  }
  export_lab(env, exports);
  napi_value targets;
  napi_create_array(env, &targets);
  for (int k = 0; k < spectral_target_count(); k++) {
    napi_value name;
    napi_create_string_utf8(env, spectral_target_name(k), NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, targets, (uint32_t)k, name);
  }
  napi_set_named_property(env, exports, "targets", targets);
  napi_set_named_property(env, exports, "version", number(env, SPECTRAL_VERSION));
  return exports;
}
