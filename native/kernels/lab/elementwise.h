/* One pass over f32 values each; the compiler makes vectors of these loops. */

FUNCTION void ON(lab_sum_rows)(const float *restrict from, int64_t rows, int64_t columns, float *restrict to) {
  memset(to, 0, (size_t)columns * sizeof(float));
  for (int64_t row = 0; row < rows; row++, from += columns)
    for (int64_t j = 0; j < columns; j++) to[j] += from[j];
}

/* In f64, eight sums side by side. */
FUNCTION double ON(lab_sum_of_squares)(const float *from, int64_t count) {
  double sum[8] = {0}, all = 0;
  for (int64_t i = 0; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; j++) sum[j] += (double)from[i + j] * (double)from[i + j];
  for (int64_t i = count & ~(int64_t)7; i < count; i++) all += (double)from[i] * (double)from[i];
  for (int j = 0; j < 8; j++) all += sum[j];
  return all;
}

/* NaN stays NaN. */
FUNCTION void ON(lab_rectify)(float *x, int64_t count) {
  for (int64_t i = 0; i < count; i++) x[i] = x[i] < 0 ? 0 : x[i];
}

FUNCTION void ON(lab_rectify_gradient)(const float *restrict y, float *restrict gradient, int64_t count) {
  for (int64_t i = 0; i < count; i++) gradient[i] = y[i] > 0 ? gradient[i] : 0;
}

FUNCTION void ON(lab_drop_out)(const float *from, int64_t count, uint32_t key, uint32_t threshold, float scale,
                               float *to) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t z = key + (uint32_t)i * 0x9e3779b9u;
    z = (z ^ (z >> 16)) * 0x85ebca6bu;
    z = (z ^ (z >> 13)) * 0xc2b2ae35u;
    z ^= z >> 16;
    to[i] = z >= threshold ? from[i] * scale : 0;
  }
}
