/* The three products of a layer of weights, and the step of descent. */

/* From a strip of W to the next. */
INLINE int64_t ON(lab_strip_step)(int64_t inputs) { return ((inputs + 7) & ~(int64_t)7) * STRIP; }

/* A part of a matrix. */
INLINE lab_matrix ON(lab_part)(lab_matrix of, int64_t row, int64_t column, int64_t rows, int64_t columns) {
  return (lab_matrix){of.start + row * of.step + column, of.step, smaller(rows, of.rows - row),
                      smaller(columns, of.columns - column)};
}

/*
 * The sums are added to Y in the same order in both cases. If X is a few rows, W is read once from end to end; else
 * the part of X that all strips use stays in the second-level cache.
 */
FUNCTION void ON(lab_add_forward)(lab_matrix x, const float *w, lab_matrix y) {
  int64_t step = ON(lab_strip_step)(x.columns);
  if (x.rows <= ROWS) {
    for (int64_t u = 0; u < y.columns; u += STRIP)
      for (int64_t k = 0; k < x.columns; k += DEPTH)
        ON(lab_add_products)(ON(lab_part)(x, 0, k, ROWS, DEPTH), w + u / STRIP * step + k * STRIP, y.start + u, y.step,
                             y.columns - u);
    return;
  }
  for (int64_t row = 0; row < x.rows; row += LAB_MAX_ROWS)
    for (int64_t k = 0; k < x.columns; k += DEPTH)
      for (int64_t u = 0; u < y.columns; u += STRIP)
        ON(lab_add_products)(ON(lab_part)(x, row, k, LAB_MAX_ROWS, DEPTH), w + u / STRIP * step + k * STRIP,
                             y.start + row * y.step + u, y.step, y.columns - u);
}

/*
 * LANES x LANES numbers become their transpose: each round interleaves the first half of the vectors with the second,
 * and log2(LANES) of these perfect shuffles turn row and column numbers round.
 */
#if VECTOR_BYTES == 64
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif VECTOR_BYTES == 32
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#endif
#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (WORDS){__VA_ARGS__})
#endif
INLINE void ON(lab_transpose)(VECTOR v[LANES]) {
  for (int round = 1; round < LANES; round *= 2) {
    VECTOR turned[LANES];
    for (int i = 0; i < LANES / 2; i++) {
      turned[2 * i] = SHUFFLE(v[i], v[i + LANES / 2], LOW);
      turned[2 * i + 1] = SHUFFLE(v[i], v[i + LANES / 2], HIGH);
    }
    for (int i = 0; i < LANES; i++) v[i] = turned[i];
  }
}
#undef SHUFFLE
#undef LOW
#undef HIGH

/* STRIP inputs of W, from `input` on, for `units` units from `unit` on, become a strip with one row per unit. */
FUNCTION void ON(lab_transpose_strip)(const float *w, int64_t inputs, int64_t input, int64_t unit, int64_t units,
                                      float *to) {
  int64_t step = ON(lab_strip_step)(inputs), last = step / STRIP - 1;
  for (int64_t u = unit; u < unit + units; u += LANES)
    for (int half = 0; half < 2; half++) {
      const float *from = w + u / STRIP * step + u % STRIP;
      VECTOR v[LANES];
      /* Past the last input, what is read does not matter. */
      for (int j = 0; j < LANES; j++) v[j] = AT(from + smaller(input + half * LANES + j, last) * STRIP);
      ON(lab_transpose)(v);
      for (int j = 0; j < LANES; j++) AT(to + (u - unit + j) * STRIP + half * LANES) = v[j];
    }
}

FUNCTION void ON(lab_add_input_gradient)(lab_matrix dy, const float *w, lab_matrix dx, float *work) {
  for (int64_t row = 0; row < dy.rows; row += LAB_MAX_ROWS)
    for (int64_t k = 0; k < dy.columns; k += DEPTH)
      for (int64_t input = 0; input < dx.columns; input += STRIP) {
        lab_matrix part = ON(lab_part)(dy, row, k, LAB_MAX_ROWS, DEPTH);
        ON(lab_transpose_strip)(w, dx.columns, input, k, part.columns, work);
        ON(lab_add_products)(part, work, dx.start + row * dx.step + input, dx.step, dx.columns - input);
      }
}

/*
 * Strips of `width` columns: entry (k, j) is number `width` k + j mod `width` of strip j / width. Zeros fill the last.
 * As many strips are filled together as have a cache line of the matrix.
 */
INLINE void ON(lab_pack_columns)(lab_matrix from, float *to, int width) {
  int together = width < 16 ? 16 / width : 1;
  for (int64_t column = 0; column < from.columns; column += together * width)
    for (int64_t k = 0; k < from.rows; k++)
      for (int s = 0; s < together; s++) {
        int64_t first = column + s * width;
        const float *x = from.start + k * from.step + first;
        float *strip = to + (first * from.rows + k * width);
        if (first + width <= from.columns)
          for (int j = 0; j < width; j++) strip[j] = x[j];
        else if (first < from.columns)
          for (int j = 0; j < width; j++) strip[j] = first + j < from.columns ? x[j] : 0;
      }
}

/* Numbers of X that are packed at once: 256 KiB, which stay in the second-level cache while the units go by. */
enum { ON(LAB_PACKED) = 1 << 16 };

INLINE int64_t ON(lab_inputs_at_once)(int64_t rows) {
  int64_t inputs = ON(LAB_PACKED) / rows / ROWS * ROWS;
  return inputs < ROWS ? ROWS : inputs;
}

FUNCTION void ON(lab_add_weight_gradient)(lab_matrix x, lab_matrix dy, float *g, float *work) {
  int64_t step = ON(lab_strip_step)(x.columns), at_once = ON(lab_inputs_at_once)(x.rows);
  float *packed = work + ON(LAB_PACKED);
  ON(lab_pack_columns)(dy, packed, STRIP);
  for (int64_t input = 0; input < x.columns; input += at_once) {
    lab_matrix part = ON(lab_part)(x, 0, input, x.rows, at_once);
    ON(lab_pack_columns)(part, work, ROWS);
    for (int64_t u = 0; u < dy.columns; u += STRIP)
      for (int64_t i = 0; i < part.columns; i += ROWS) {
        VECTOR sum[ROWS][2];
        ON(lab_tile)(work + i * x.rows, packed + u * x.rows, x.rows, sum);
        float *to = g + u / STRIP * step + (input + i) * STRIP;
        for (int r = 0; r < ROWS; r++)
          for (int j = 0; j < 2; j++) AT(to + r * STRIP + j * LANES) += sum[r][j];
      }
  }
}

/*
 * Velocities below 2^-100 count as zero. The velocity of a weight without gradient shrinks step by step to the smallest
 * subnormal numbers and stays there, and arithmetic on those is a hundred times slower. NaN stays NaN.
 */
#define MIN_VELOCITY 0x1p-100f

INLINE VECTOR ON(lab_flushed)(VECTOR velocity) {
  WORDS bits = (WORDS)velocity;
  VECTOR size = (VECTOR)(bits & 0x7fffffff);
  return (VECTOR)(bits & ~(WORDS)(size < MIN_VELOCITY));
}

FUNCTION void ON(lab_descend_along_product)(lab_matrix x, lab_matrix dy, float *w, float *v, lab_step by,
                                            float *work) {
  int64_t step = ON(lab_strip_step)(x.columns), at_once = ON(lab_inputs_at_once)(x.rows);
  float *packed = work + ON(LAB_PACKED);
  ON(lab_pack_columns)(dy, packed, STRIP);
  for (int64_t input = 0; input < x.columns; input += at_once) {
    lab_matrix part = ON(lab_part)(x, 0, input, x.rows, at_once);
    ON(lab_pack_columns)(part, work, ROWS);
    for (int64_t u = 0; u < dy.columns; u += STRIP)
      for (int64_t i = 0; i < part.columns; i += ROWS) {
        VECTOR sum[ROWS][2];
        ON(lab_tile)(work + i * x.rows, packed + u * x.rows, x.rows, sum);
        int64_t at = u / STRIP * step + (input + i) * STRIP;
        for (int r = 0; r < ROWS; r++)
          for (int j = 0; j < 2; j++, at += LANES) {
            VECTOR weight = AT(w + at);
            VECTOR velocity = ON(lab_flushed)(by.momentum * AT(v + at) + (by.decay * weight + sum[r][j]));
            AT(v + at) = velocity;
            AT(w + at) = weight - by.rate * velocity;
          }
      }
  }
}

FUNCTION void ON(lab_descend)(float *restrict w, float *restrict v, const float *restrict g, int64_t count,
                              lab_step by) {
  for (int64_t i = 0; i < count; i++) {
    float velocity = by.momentum * v[i] + (by.decay * w[i] + g[i]);
    velocity = fabsf(velocity) < MIN_VELOCITY ? 0 : velocity;
    v[i] = velocity;
    w[i] = w[i] - by.rate * velocity;
  }
}
