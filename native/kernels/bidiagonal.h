/* Singular values of W itself: QR of W by panels, then the square R is made bidiagonal. */

/* Share: panel step + 1 + share, times the step's I - V T'V'. */
FUNCTION void ON(apply_panel)(spectral *s, int64_t share) {
  int64_t p = s->step, rows = s->capacity - p * TILE;
  double *v = (double *)s->operand + (p * s->capacity + p * TILE) * TILE;
  double *panel = v + (1 + share) * s->capacity * TILE;
  double product[TILE_ENTRIES] = {0}, factor[TILE_ENTRIES] = {0};
  ON(add_long_transposed_product_f64)(v, panel, rows, product);
  ON(add_transposed_product_f64)(s->factor, product, TILE, factor);
  for (int k = 0; k < TILE_ENTRIES; k++) factor[k] = -factor[k];
  for (int64_t i = 0; i < rows; i += TILE) ON(add_products_f64)(v + i * TILE, factor, panel + i * TILE, 1);
}

/* A reflector by its parts: v = (1, x * inverse). */
typedef struct {
  double tau, inverse, beta;
} ON(reflector);

INLINE ON(reflector) ON(reflector_of)(double alpha, double tail) {
  ON(reflector) made = {0, 0, alpha};
  if (tail > NEGLIGIBLE_SQUARE) {
    made.beta = -copysign(sqrt(alpha * alpha + tail), alpha);
    made.tau = (made.beta - alpha) / made.beta;
    made.inverse = 1 / (alpha - made.beta);
  }
  return made;
}

/* Before the first step: the first column, and its products with all columns. */
FUNCTION void ON(begin_bidiagonal)(const double *square, int64_t n, double *x, double *sums) {
  for (int64_t i = 0; i < n; i++) {
    x[i] = square[i * n];
    if (i == 0) continue;
    for (int64_t q = 0; q < n; q += LANES) AT(sums + q) += x[i] * AT(square + i * n + q);
  }
}

/* In pieces of 32: equal numbers round in the same direction every time. */
INLINE double ON(sum_of_squares)(const double *x, int64_t count) {
  double sum = 0;
  for (int64_t q = 0; q < count;) {
    double piece = 0;
    for (int64_t end = smaller(q + TILE, count); q < end; q++) piece += x[q] * x[q];
    sum += piece;
  }
  return sum;
}

/*
 * Step k of Golub and Kahan's bidiagonalisation [GVL13, 5.4.8] of the n x n matrix, n a multiple of 32: a reflector
 * from the left for column k, one from the right for row k. One pass over the rows below applies both, and gathers what
 * the next step needs: its column x, and x'A in `sums`. work: 4 n doubles, zero before the first step.
 */
FUNCTION void ON(bidiagonal_step)(double *square, int64_t n, int64_t k, double *work, double *diagonal, double *upper) {
  double *x = work, *w = x + n, *u = w + n, *sums = u + n, *head = square + k * n;
  int64_t from = (k + 1) / LANES * LANES; /* the first whole vector that has a column past k */
  if (k == 0) ON(begin_bidiagonal)(square, n, x, sums);

  ON(reflector) left = ON(reflector_of)(head[k], sums[k]);
  diagonal[k] = left.beta;
  if (k + 1 == n) return;
  for (int64_t q = k + 1; q < n; q++) {
    w[q] = left.tau * (head[q] + left.inverse * sums[q]);
    head[q] -= w[q];
  }
  ON(reflector) right = ON(reflector_of)(head[k + 1], ON(sum_of_squares)(head + k + 2, n - k - 2));
  upper[k] = right.beta;

  for (int64_t q = from; q < k + 1; q++) w[q] = u[q] = 0;
  u[k + 1] = 1;
  for (int64_t q = k + 2; q < n; q++) u[q] = head[q] * right.inverse;
  memset(sums + from, 0, (size_t)(n - from) * sizeof(double));
  for (int64_t i = k + 1; i < n; i++) {
    double *row = square + i * n, v = x[i] * left.inverse;
    VECTOR a = {0}, b = {0};
    int64_t q = from;
    for (; q + LANES < n; q += 2 * LANES) {
      VECTOR r0 = AT(row + q) - v * AT(w + q), r1 = AT(row + q + LANES) - v * AT(w + q + LANES);
      AT(row + q) = r0;
      AT(row + q + LANES) = r1;
      a += r0 * AT(u + q);
      b += r1 * AT(u + q + LANES);
    }
    for (; q < n; q += LANES) {
      AT(row + q) -= v * AT(w + q);
      a += AT(row + q) * AT(u + q);
    }
    double by = -right.tau * ON(total)(a + b);
    x[i] = row[k + 1] + by;
    double z = i > k + 1 ? x[i] : 0; /* row k + 1 is the head of the next step, not a part of its rest */
    for (q = from; q < n; q += LANES) {
      VECTOR r = AT(row + q) + by * AT(u + q);
      AT(row + q) = r;
      AT(sums + q) += z * r;
    }
  }
}
