/* Batch normalisation [IS15] with sums in f64. src/lab/training/reference/batch-normalisation.ts has the formulas. */

/* Mean and (biased) variance of each channel, in two passes, so that a large mean costs no digits. */
FUNCTION void ON(lab_channel_moments)(const float *restrict x, int64_t rows, int64_t channels, float *restrict mean,
                                      float *restrict variance, double *restrict sums) {
  double *squares = sums + channels;
  memset(sums, 0, (size_t)(2 * channels) * sizeof(double));
  for (int64_t row = 0; row < rows; row++)
    for (int64_t c = 0; c < channels; c++) sums[c] += (double)x[row * channels + c];
  for (int64_t c = 0; c < channels; c++) {
    sums[c] /= (double)rows;
    mean[c] = (float)sums[c];
  }
  for (int64_t row = 0; row < rows; row++)
    for (int64_t c = 0; c < channels; c++) {
      double deviation = (double)x[row * channels + c] - sums[c];
      squares[c] += deviation * deviation;
    }
  for (int64_t c = 0; c < channels; c++) variance[c] = (float)(squares[c] / (double)rows);
}

FUNCTION void ON(lab_move_average)(float *average, const float *value, int64_t channels, double momentum,
                                   double factor) {
  for (int64_t c = 0; c < channels; c++)
    average[c] = (float)(momentum * (double)average[c] + (1 - momentum) * factor * (double)value[c]);
}

/* y = scale (x - mean)/sqrt(variance + epsilon) + shift, as x factor + offset. */
FUNCTION void ON(lab_normalise)(lab_normalisation of, const float *restrict shift, float *restrict y) {
  double *restrict factors = of.sums, *restrict offsets = of.sums + of.channels;
  const float *restrict x = of.x;
  for (int64_t c = 0; c < of.channels; c++) {
    factors[c] = (double)of.scale[c] / sqrt((double)of.variance[c] + of.epsilon);
    offsets[c] = (double)shift[c] - (double)of.mean[c] * factors[c];
  }
  for (int64_t row = 0; row < of.rows; row++)
    for (int64_t c = 0; c < of.channels; c++)
      y[row * of.channels + c] = (float)((double)x[row * of.channels + c] * factors[c] + offsets[c]);
}

/*
 * With z = (x - mean)/sd of the batch: d_shift = sum dy, d_scale = sum dy z, and dx = scale/sd (dy - d_shift/rows -
 * z d_scale/rows). All that depends on the channel alone is put together first.
 */
FUNCTION void ON(lab_normalisation_gradient)(lab_normalisation of, const float *dy, float *restrict d_scale,
                                             float *restrict d_shift, float *dx) {
  int64_t channels = of.channels;
  double *restrict sums = of.sums, *restrict products = sums + channels, *restrict factors = products + channels;
  const float *restrict x = of.x, *restrict mean = of.mean;
  memset(sums, 0, (size_t)(2 * channels) * sizeof(double));
  for (int64_t row = 0; row < of.rows; row++)
    for (int64_t c = 0; c < channels; c++) {
      double gradient = (double)dy[row * channels + c];
      sums[c] += gradient;
      products[c] += gradient * ((double)x[row * channels + c] - (double)mean[c]);
    }
  for (int64_t c = 0; c < channels; c++) {
    double precision = 1 / ((double)of.variance[c] + of.epsilon);
    d_shift[c] = (float)sums[c];
    d_scale[c] = (float)(products[c] * sqrt(precision));
    sums[c] /= (double)of.rows;
    products[c] *= precision / (double)of.rows;
    factors[c] = (double)of.scale[c] * sqrt(precision);
  }
  for (int64_t row = 0; row < of.rows; row++)
    for (int64_t c = 0; c < channels; c++) {
      int64_t at = row * channels + c;
      double centred = (double)dy[at] - sums[c] - ((double)x[at] - (double)mean[c]) * products[c];
      dx[at] = (float)(factors[c] * centred);
    }
}
