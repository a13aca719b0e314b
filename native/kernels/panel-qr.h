/*
 * Householder QR of a panel of 32 columns, row after row [GVL13, 5.2]. Reflector c is I - tau v v', v = (0 ... 0, 1,
 * x / (alpha - beta)), for column c with head alpha and rest x; beta = -sign(alpha) |(alpha, x)|.
 *
 * One pass over the rows applies reflector c - 1 and gathers x'A for reflector c.
 */

/* Vectors of a row that are updated together; the later groups only as long as the pass needs them. */
#define GROUP (VECTORS < 4 ? VECTORS : 4)

/* The squares of the columns; they are only compared with a far smaller number. */
INLINE void TYPED(column_squares)(const T *panel, int64_t rows, T *squares) {
  VECTOR sum[VECTORS];
  for (int q = 0; q < VECTORS; q++) sum[q] = (VECTOR){0};
  for (int64_t i = 0; i < rows; i++)
    for (int q = 0; q < VECTORS; q++) {
      VECTOR x = AT(panel + i * TILE + q * LANES);
      sum[q] += x * x;
    }
  for (int q = 0; q < VECTORS; q++) AT(squares + q * LANES) = sum[q];
}

/*
 * The pass: P -= v w' below row c, with the new column c in x, and sums = x'P. Only columns from the group of column c
 * on: the earlier ones are done.
 */
INLINE void TYPED(update_and_sum)(T *panel, int64_t rows, int c, const T *v, T *x, const T *w, T *sums) {
  int own = c / LANES / GROUP;
  for (int g = own; g < VECTORS / GROUP; g++) {
    VECTOR ww[GROUP], sum[GROUP];
    int at = g * GROUP * LANES;
    T *row = panel + c * TILE + at;
    for (int q = 0; q < GROUP; q++) {
      ww[q] = AT(w + at + q * LANES);
      sum[q] = (VECTOR){0};
      AT(row + q * LANES) -= v[c] * ww[q];
    }
    for (int64_t i = c + 1; i < rows;) {
      int64_t end = smaller(i + TYPED(PIECE_ROWS), rows);
      VECTOR piece[GROUP];
      for (int q = 0; q < GROUP; q++) piece[q] = (VECTOR){0};
      for (; i < end; i++) {
        row += TILE;
        T z = v[i];
        for (int q = 0; q < GROUP; q++) AT(row + q * LANES) -= z * ww[q];
        if (g == own) x[i] = panel[i * TILE + c];
        T y = x[i];
        for (int q = 0; q < GROUP; q++) piece[q] += y * AT(row + q * LANES);
      }
      for (int q = 0; q < GROUP; q++) sum[q] += piece[q];
    }
    for (int q = 0; q < GROUP; q++) AT(sums + at + q * LANES) = sum[q];
  }
}
#undef GROUP

/*
 * R on and above the diagonal, the reflectors' vectors below it, in place. work: 2 `rows` numbers.
 *
 * The rest of a column counts as zero below eps of what the column was: a reflector made of rounding noise would turn
 * the other columns by a random angle. On a constant matrix that was an error of hundreds of eps.
 */
FUNCTION void TYPED(panel_qr)(T *panel, int64_t rows, T *tau, T *work) {
  const T tiny = IS_F64 ? (T)NEGLIGIBLE_SQUARE : (T)0x1p-90f;
  const T noise = IS_F64 ? (T)0x1p-104 : (T)0x1p-46f; /* eps^2 */
  T *v = work, *x = work + rows, w[TILE] = {0}, sums[TILE] = {0}, whole[TILE];
  TYPED(column_squares)(panel, rows, whole);
  memset(v, 0, (size_t)rows * sizeof(T));
  for (int c = 0;; c++) {
    TYPED(update_and_sum)(panel, rows, c, v, x, w, sums);
    T *head = panel + c * TILE, alpha = head[c], inverse = 0;
    tau[c] = 0;
    if (sums[c] > tiny && sums[c] > noise * whole[c]) {
      T norm = IS_F64 ? (T)sqrt((double)(alpha * alpha + sums[c])) : (T)sqrtf((float)(alpha * alpha + sums[c]));
      T beta = alpha < 0 ? norm : -norm;
      tau[c] = (beta - alpha) / beta;
      inverse = 1 / (alpha - beta);
      head[c] = beta;
    }
    for (int64_t i = c + 1; i < rows; i++) panel[i * TILE + c] = v[i] = x[i] * inverse;
    if (c == TILE - 1) return;
    for (int q = 0; q <= c; q++) w[q] = 0;
    for (int q = c + 1; q < TILE; q++) {
      w[q] = tau[c] * (head[q] + inverse * sums[q]);
      head[q] -= w[q];
    }
  }
}

/*
 * R of a factorised panel goes to `upper`; V stays, with its unit triangle; T of I - V T V' goes to `factor`
 * [GVL13, 5.2.3]: column c of T is tau_c (-T V'v_c, 1).
 */
FUNCTION void TYPED(factorise_panel)(T *panel, int64_t rows, T *upper, T *factor, T *work) {
  T tau[TILE], products[TILE_ENTRIES] = {0};
  TYPED(panel_qr)(panel, rows, tau, work);
  for (int i = 0; i < TILE; i++)
    for (int j = 0; j < TILE; j++) {
      upper[i * TILE + j] = i <= j ? panel[i * TILE + j] : 0;
      if (i <= j) panel[i * TILE + j] = i == j;
    }
  TYPED(add_long_transposed_product)(panel, panel, rows, products);
  memset(factor, 0, TILE_ENTRIES * sizeof(T));
  for (int c = 0; c < TILE; c++) {
    for (int i = 0; i < c; i++) {
      T sum = 0;
      for (int k = i; k < c; k++) sum += factor[i * TILE + k] * products[k * TILE + c];
      factor[i * TILE + c] = -tau[c] * sum;
    }
    factor[c * TILE + c] = tau[c];
  }
}
