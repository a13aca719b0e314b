/*
 * Values come in. They are scaled by a power of two that follows the largest entry, so that squares neither overflow
 * nor lose precision; panels of 256 rows are added to the Gram matrix. The order of the sums depends on the number of
 * the row alone.
 */
#include <math.h>
#include <string.h>
#include "internal.h"

/* The range within which 2^-e and a value times it are normal numbers. */
enum { MIN_EXPONENT = -1000, MAX_EXPONENT = 1023 };

/* Numbers in the operand. */
static int64_t operand_entries(const spectral *s) {
  return (s->held > 0 ? s->held + 1 : s->tiles) * s->capacity * TILE;
}

/* Brings what has come so far to a new, larger exponent; exact but for numbers that leave the range at the bottom. */
static void rescale(spectral *s, int exponent) {
  double by = ldexp(1, s->exponent - exponent);
  if (s->gram != NULL)
    for (int64_t k = 0; k < tile_at(s->tiles, 0); k++) s->gram[k] = s->gram[k] * by * by;
  int64_t entries = operand_entries(s);
  if (s->precision == SPECTRAL_F64)
    for (int64_t k = 0; k < entries; k++) ((double *)s->operand)[k] *= by;
  else
    for (int64_t k = 0; k < entries; k++) ((float *)s->operand)[k] *= (float)by;
}

/* The factor for values of which `largest` is the largest absolute one. */
static double scale_for(spectral *s, double largest) {
  int exponent = 0;
  if (largest > 0) {
    frexp(largest, &exponent);
    exponent = exponent < MIN_EXPONENT ? MIN_EXPONENT : exponent > MAX_EXPONENT ? MAX_EXPONENT : exponent;
    if (!s->has_exponent || exponent > s->exponent) {
      if (s->has_exponent) rescale(s, exponent);
      s->exponent = exponent;
      s->has_exponent = 1;
    }
  }
  return ldexp(1, -s->exponent);
}

int flush_panel(spectral *s) {
  if (s->filled == 0 || s->keeps_matrix || s->held > 0) return SPECTRAL_OK;
  stage *add = s->precision == SPECTRAL_F64 ? s->kernels->gram_f64 : s->kernels->gram_f32;
  run_stage(s, add, ceil_divide(s->tiles, SHARE_TILES));
  s->filled = 0;
  return is_stopped(s) ? SPECTRAL_STOPPED : SPECTRAL_OK;
}

int spectral_finish_gram(spectral *s) { return flush_panel(s); }

int spectral_take_rows(spectral *s, const void *rows, int is64, int64_t count) {
  const char *from = rows;
  while (count > 0) {
    if (is_stopped(s)) return SPECTRAL_STOPPED;
    int64_t taken = smaller(smaller(s->capacity - s->filled, PANEL_ROWS), count);
    /* More rows than a kept matrix has. */
    if (taken == 0) return SPECTRAL_NO_MEMORY;
    double scale = scale_for(s, s->kernels->largest(from, is64, taken * s->M));
    (s->precision == SPECTRAL_F64 ? s->kernels->pack_rows_f64 : s->kernels->pack_rows_f32)(s, from, is64, taken, scale);
    s->filled += taken;
    count -= taken;
    from += taken * s->M * (is64 ? 8 : 4);
    if (s->filled == s->capacity) {
      int status = flush_panel(s);
      if (status != SPECTRAL_OK) return status;
    }
  }
  return SPECTRAL_OK;
}

/* A range of a stored row becomes a part of column `column` of the strip at `strip`, scaled. */
static void pack_column(spectral *s, int64_t strip, int64_t column, const void *values, int is64, int64_t count) {
  double scale = scale_for(s, s->kernels->largest(values, is64, count));
  if (s->precision == SPECTRAL_F64)
    s->kernels->pack_column_f64((double *)s->operand + strip + column, values, is64, count, scale);
  else s->kernels->pack_column_f32((float *)s->operand + strip + column, values, is64, count, scale);
}

static const void *value_at(const void *values, int is64, int64_t index) {
  return (const char *)values + index * (is64 ? 8 : 4);
}

int spectral_take_columns(spectral *s, const void *rows, int is64, int64_t count, int64_t N, int64_t from) {
  int64_t depth = smaller(N - from, s->capacity);
  for (int64_t i = 0; i < count; i++) {
    if (is_stopped(s)) return SPECTRAL_STOPPED;
    int64_t column = s->columns_taken++;
    pack_column(s, column / TILE * s->capacity * TILE, column % TILE, value_at(rows, is64, i * N + from), is64, depth);
  }
  if (s->columns_taken < s->M) return SPECTRAL_OK;
  s->columns_taken = 0;
  s->filled = depth;
  return flush_panel(s);
}

/* The strip for a row of tiles: its own if the row is held in this pass, else the spare one. */
static int64_t wide_strip(const spectral *s, int64_t I) {
  return smaller(I - s->first_held, s->held) * s->capacity * TILE;
}

static void clear_strip(spectral *s, int64_t strip) {
  size_t bytes = s->precision == SPECTRAL_F64 ? sizeof(double) : sizeof(float);
  memset((char *)s->operand + strip * (int64_t)bytes, 0, (size_t)(s->capacity * TILE) * bytes);
}

int spectral_take_wide_rows(spectral *s, const void *rows, int is64, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    if (is_stopped(s)) return SPECTRAL_STOPPED;
    int64_t row = s->wide_row++, I = row / TILE;
    if (I >= s->first_held) {
      int64_t strip = wide_strip(s, I);
      if (row % TILE == 0) clear_strip(s, strip);
      for (int64_t from = 0; from < s->N; from += PANEL_ROWS)
        pack_column(s, strip + from * TILE, row % TILE, value_at(rows, is64, i * s->N + from), is64,
                    smaller(PANEL_ROWS, s->N - from));
      if (s->wide_row % TILE == 0 || s->wide_row == s->M) {
        s->step = I;
        run_stage(s, s->precision == SPECTRAL_F64 ? s->kernels->gram_wide_f64 : s->kernels->gram_wide_f32,
                  smaller(s->held, I - s->first_held + 1));
      }
    }
    if (s->wide_row == s->M) {
      s->wide_row = 0;
      s->first_held += s->held;
    }
  }
  return is_stopped(s) ? SPECTRAL_STOPPED : SPECTRAL_OK;
}
