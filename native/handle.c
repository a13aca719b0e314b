/* Handles and their memory. */
#include <stdlib.h>
#include <string.h>
#include "internal.h"

enum { ALIGNMENT = 64 };

static void release(block *b) {
  free(b->allocated);
  memset(b, 0, sizeof *b);
}

/* Memory that is there already is used again: page faults are a tenth of the time of a 512 x 512 matrix. */
void *reserve(spectral *s, int which, int64_t count, size_t bytes_per_item) {
  block *b = &s->blocks[which];
  if (count < 0 || (uint64_t)count > (SIZE_MAX - ALIGNMENT) / bytes_per_item) return NULL;
  size_t bytes = (size_t)count * bytes_per_item;
  if (b->start != NULL && b->bytes >= bytes) return memset(b->start, 0, bytes);
  release(b);
  b->allocated = calloc(1, bytes + ALIGNMENT);
  if (b->allocated == NULL) return NULL;
  b->start = (char *)b->allocated + (ALIGNMENT - (uintptr_t)b->allocated % ALIGNMENT);
  b->bytes = bytes;
  return b->start;
}

spectral *spectral_create(int number) {
  const target *const kernels[] = {
    &spectral_baseline,
#if defined(__x86_64__)
    &spectral_avx2,
    &spectral_avx512,
#endif
  };
  if (number < 0 || number >= spectral_target_count()) return NULL;
  spectral *s = calloc(1, sizeof *s);
  if (s != NULL) s->kernels = kernels[number];
  return s;
}

void spectral_destroy(spectral *s) {
  if (s == NULL) return;
  spectral_close_team(s);
  for (int which = 0; which < BLOCKS; which++) release(&s->blocks[which]);
  free(s);
}

void spectral_set_stop(spectral *s, const int32_t *stop) { s->stop = stop; }

static int begin_matrix(spectral *s, int64_t N, int64_t M, int precision) {
  if (M < 1 || M > SPECTRAL_MAX_SIDE) return SPECTRAL_NO_MEMORY;
  s->N = N;
  s->M = M;
  s->tiles = ceil_divide(M, TILE);
  s->precision = precision;
  s->exponent = s->has_exponent = s->keeps_matrix = s->keeps_reflectors = 0;
  s->filled = s->columns_taken = 0;
  s->held = s->first_held = s->wide_row = s->panels = 0;
  return SPECTRAL_OK;
}

static size_t operand_bytes(int precision) { return precision == SPECTRAL_F64 ? sizeof(double) : sizeof(float); }

static int reserve_gram(spectral *s, int64_t strips, int64_t rows) {
  s->capacity = rows;
  s->operand = reserve(s, BLOCK_OPERAND, strips * rows * TILE, operand_bytes(s->precision));
  s->gram = reserve(s, BLOCK_GRAM, tile_at(s->tiles, 0), sizeof(double));
  return s->operand != NULL && s->gram != NULL ? SPECTRAL_OK : SPECTRAL_NO_MEMORY;
}

int spectral_begin(spectral *s, int64_t M, int precision) {
  int status = begin_matrix(s, 0, M, precision);
  return status != SPECTRAL_OK ? status : reserve_gram(s, s->tiles, PANEL_ROWS);
}

int spectral_begin_wide(spectral *s, int64_t N, int64_t M, int precision, int64_t held) {
  int status = begin_matrix(s, N, M, precision);
  if (status != SPECTRAL_OK) return status;
  if (held < 1 || N < M) return SPECTRAL_NO_MEMORY;
  s->held = held;
  s->panels = ceil_divide(N, PANEL_ROWS);
  /* One strip more than is held, for the row of tiles that the held ones are multiplied by. */
  return reserve_gram(s, held + 1, s->panels * PANEL_ROWS);
}

int spectral_begin_singular(spectral *s, int64_t N, int64_t M) {
  int status = begin_matrix(s, N, M, SPECTRAL_F64);
  if (status != SPECTRAL_OK) return status;
  if (N < M) return SPECTRAL_NO_MEMORY;
  s->keeps_matrix = 1;
  s->gram = NULL;
  s->capacity = ceil_divide(N, TILE) * TILE;
  s->operand = reserve(s, BLOCK_OPERAND, s->tiles * s->capacity * TILE, sizeof(double));
  return s->operand != NULL ? SPECTRAL_OK : SPECTRAL_NO_MEMORY;
}

int spectral_exponent(const spectral *s) { return s->exponent; }
