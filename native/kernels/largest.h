/* The largest absolute value: of numbers without a sign, the order is that of their bits. */
FUNCTION double ON(largest)(const void *values, int is64, int64_t count) {
  if (is64) {
    int64_t most = 0;
    double largest;
    for (int64_t k = 0; k < count; k++) {
      int64_t bits = ((const int64_t *)values)[k] & INT64_MAX;
      most = bits > most ? bits : most;
    }
    memcpy(&largest, &most, sizeof largest);
    return largest;
  }
  int32_t most = 0;
  float largest;
  for (int64_t k = 0; k < count; k++) {
    int32_t bits = ((const int32_t *)values)[k] & INT32_MAX;
    most = bits > most ? bits : most;
  }
  memcpy(&largest, &most, sizeof largest);
  return largest;
}
