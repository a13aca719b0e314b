/* Eigenvalues of a tridiagonal matrix: a step of QL, and bisection. */

/*
 * A step of root-free QL of Pal, Walker and Kahan [Par98, 8.15], with Wilkinson's shift, on rows first ... last: d are
 * the diagonal entries, e2 the squared ones beside them.
 */
FUNCTION void ON(ql_step)(double *d, double *e2, int64_t first, int64_t last) {
  double root = sqrt(e2[first]), slope = (d[first + 1] - d[first]) / (2 * root);
  double shift = d[first] - root / (slope + copysign(sqrt(slope * slope + 1), slope));
  double cosine2 = 1, sine2 = 0, gamma = d[last] - shift, p = gamma * gamma;
  for (int64_t i = last - 1; i >= first; i--) {
    double b = e2[i], r = p + b, earlier = cosine2, old = gamma, inverse = r / p;
    if (i != last - 1) e2[i + 1] = sine2 * r;
    cosine2 = p / r;
    sine2 = b / r;
    gamma = cosine2 * (d[i] - shift) - sine2 * old;
    d[i + 1] = old + (d[i] - gamma);
    p = cosine2 > 0x1p-900 ? gamma * gamma * inverse : earlier * b;
  }
  e2[first] = sine2 * p;
  d[first] = shift + gamma;
}

/* Vectors of eigenvalues that a share of bisection narrows down together: enough to hide the division's latency. */
#define BISECT_VECTORS 4

/*
 * Bisection with Sturm counts [Par98, 3.3] around the estimates in `values`, within `reach` of them. An
 * estimate that lies within the last interval stays as it is. Squares may be tiny but not zero: a zero pivot then gives
 * infinities, which count right.
 */
FUNCTION void ON(bisect)(spectral *s, int64_t share) {
  const double *d = s->diagonal, *e2 = s->squares;
  double *values = s->values + share * BISECT_VECTORS * LANES;
  VECTOR low[BISECT_VECTORS], high[BISECT_VECTORS], start[BISECT_VECTORS];
  INTEGERS wanted[BISECT_VECTORS];
  for (int q = 0; q < BISECT_VECTORS; q++) {
    for (int k = 0; k < LANES; k++)
      wanted[q][k] = s->first_value + share * BISECT_VECTORS * LANES + q * LANES + k;
    start[q] = AT(values + q * LANES);
    low[q] = start[q] - s->reach;
    high[q] = start[q] + s->reach;
  }
  for (int64_t step = 0; step < s->bisection_steps; step++) {
    VECTOR x[BISECT_VECTORS], pivot[BISECT_VECTORS];
    INTEGERS count[BISECT_VECTORS];
    double square = 0;
    for (int q = 0; q < BISECT_VECTORS; q++) {
      x[q] = 0.5 * (low[q] + high[q]);
      pivot[q] = (VECTOR){0} + 1;
      count[q] = (INTEGERS){0};
    }
    for (int64_t i = 0; i < s->order; square = e2[i++])
      for (int q = 0; q < BISECT_VECTORS; q++) {
        pivot[q] = (d[i] - x[q]) - square / pivot[q];
        count[q] -= (INTEGERS)(pivot[q] < (VECTOR){0}); /* a comparison that holds is -1 */
      }
    for (int q = 0; q < BISECT_VECTORS; q++) {
      INTEGERS below = (INTEGERS)(count[q] > wanted[q]);
      high[q] = (VECTOR)((below & (INTEGERS)x[q]) | (~below & (INTEGERS)high[q]));
      low[q] = (VECTOR)((below & (INTEGERS)low[q]) | (~below & (INTEGERS)x[q]));
    }
  }
  for (int q = 0; q < BISECT_VECTORS; q++) {
    INTEGERS under = (INTEGERS)(start[q] < low[q]), over = (INTEGERS)(start[q] > high[q]);
    AT(values + q * LANES) = (VECTOR)((under & (INTEGERS)low[q]) | (over & (INTEGERS)high[q]) |
                                      (~under & ~over & (INTEGERS)start[q]));
  }
}
