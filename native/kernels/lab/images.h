/* Patches of images, and max pooling. */

/* Of the window of an output pixel: its image, its first row and column, which may lie before the image, and how many
 * of its columns lie before and behind it. */
typedef struct {
  int64_t image, row, column, head, tail;
} ON(lab_window);

INLINE ON(lab_window) ON(lab_window_of)(lab_windows of, int64_t pixel) {
  int64_t column = pixel % of.out_width * of.stride - of.left;
  int64_t behind = column + of.size - of.width;
  return (ON(lab_window)){
    .image = pixel / (of.out_height * of.out_width),
    .row = pixel / of.out_width % of.out_height * of.stride - of.top,
    .column = column,
    .head = column < 0 ? -column : 0,
    .tail = behind > 0 ? behind : 0,
  };
}

FUNCTION void ON(lab_gather_patches)(const float *images, lab_windows of, int64_t first, int64_t count,
                                     float *patches) {
  int64_t run = of.size * of.channels;
  for (int64_t pixel = first; pixel < first + count; pixel++) {
    ON(lab_window) window = ON(lab_window_of)(of, pixel);
    int64_t inside = (of.size - window.head - window.tail) * of.channels;
    for (int64_t y = window.row; y < window.row + of.size; y++, patches += run) {
      if (y < 0 || y >= of.height) {
        memset(patches, 0, (size_t)run * sizeof(float));
        continue;
      }
      const float *from =
        images + ((window.image * of.height + y) * of.width + window.column + window.head) * of.channels;
      float *to = patches + window.head * of.channels;
      if (window.head > 0) memset(patches, 0, (size_t)(window.head * of.channels) * sizeof(float));
      memcpy(to, from, (size_t)inside * sizeof(float));
      if (window.tail > 0) memset(to + inside, 0, (size_t)(window.tail * of.channels) * sizeof(float));
    }
  }
}

FUNCTION void ON(lab_scatter_patches)(float *restrict images, lab_windows of, int64_t first, int64_t count,
                                      const float *restrict patches) {
  int64_t run = of.size * of.channels;
  for (int64_t pixel = first; pixel < first + count; pixel++) {
    ON(lab_window) window = ON(lab_window_of)(of, pixel);
    int64_t inside = (of.size - window.head - window.tail) * of.channels;
    for (int64_t y = window.row; y < window.row + of.size; y++, patches += run) {
      if (y < 0 || y >= of.height) continue;
      float *to = images + ((window.image * of.height + y) * of.width + window.column + window.head) * of.channels;
      const float *from = patches + window.head * of.channels;
      for (int64_t j = 0; j < inside; j++) to[j] += from[j];
    }
  }
}

/* Values x[place], x[place + width], ... of a window: where it begins in the images, and its size inside them. */
typedef struct {
  int64_t corner, rows, columns, row_step, step;
} ON(lab_pool);

/* A vector of channels at once. The lanes count their places from the first image. */
INLINE void ON(lab_largest)(const float *images, ON(lab_pool) pool, float *to, int32_t *places) {
  WORDS numbers;
  for (int j = 0; j < LANES; j++) numbers[j] = j;
  VECTOR best = AT(images + pool.corner);
  WORDS place = numbers + (int32_t)pool.corner;
  for (int64_t y = 0; y < pool.rows; y++)
    for (int64_t x = 0; x < pool.columns; x++) {
      int64_t at = pool.corner + y * pool.row_step + x * pool.step;
      VECTOR value = AT(images + at);
      WORDS larger = (WORDS)(value > best);
      best = (VECTOR)(((WORDS)value & larger) | ((WORDS)best & ~larger));
      place = ((numbers + (int32_t)at) & larger) | (place & ~larger);
    }
  AT(to) = best;
  *(WORDS *)places = place;
}

INLINE void ON(lab_largest_of_one)(const float *images, ON(lab_pool) pool, float *to, int32_t *places) {
  int64_t place = pool.corner;
  for (int64_t y = 0; y < pool.rows; y++)
    for (int64_t x = 0; x < pool.columns; x++) {
      int64_t at = pool.corner + y * pool.row_step + x * pool.step;
      if (images[at] > images[place]) place = at;
    }
  *to = images[place];
  *places = (int32_t)place;
}

FUNCTION void ON(lab_max_pool)(const float *images, int64_t count, lab_windows of, float *to, int32_t *places) {
  int64_t pixels = count * of.out_height * of.out_width;
  for (int64_t pixel = 0; pixel < pixels; pixel++) {
    ON(lab_window) window = ON(lab_window_of)(of, pixel);
    int64_t row = window.row < 0 ? 0 : window.row;
    ON(lab_pool) pool = {
      .corner = ((window.image * of.height + row) * of.width + window.column + window.head) * of.channels,
      .rows = smaller(of.height, window.row + of.size) - row,
      .columns = of.size - window.head - window.tail,
      .row_step = of.width * of.channels,
      .step = of.channels,
    };
    int64_t channel = 0;
    for (; channel + LANES <= of.channels; channel += LANES, pool.corner += LANES)
      ON(lab_largest)(images, pool, to + channel, places + channel);
    for (; channel < of.channels; channel++, pool.corner++)
      ON(lab_largest_of_one)(images, pool, to + channel, places + channel);
    to += of.channels;
    places += of.channels;
  }
}

FUNCTION void ON(lab_scatter_to_places)(const float *gradient, const int32_t *places, int64_t count, float *to) {
  for (int64_t i = 0; i < count; i++) to[places[i]] += gradient[i];
}
