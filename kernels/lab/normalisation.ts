// Batch normalisation of `rows` x `channels` values: a row is an example, or a pixel of one. Sums run in f64, in `sums`
// (2 x channels). It is a thousandth of a network's arithmetic, so these loops are plain.

function sumsCleared(sums: usize, channels: i32): void {
  memory.fill(sums, 0, (<usize>channels) << 4);
}

/**
 * Mean and (biased) variance of each channel into `mean` and `variance`, in two passes, so that a large mean costs no
 * digits.
 */
export function channelMoments(x: usize, rows: i32, channels: i32, mean: usize, variance: usize, sums: usize): void {
  sumsCleared(sums, channels);
  let at = x;
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const sum = sums + ((<usize>c) << 3);
      store<f64>(sum, load<f64>(sum) + <f64>load<f32>(at));
      at += 4;
    }
  }
  for (let c = 0; c < channels; c++) {
    const sum = sums + ((<usize>c) << 3);
    store<f64>(sum, load<f64>(sum) / <f64>rows);
    store<f32>(mean + ((<usize>c) << 2), <f32>load<f64>(sum));
  }
  const squares = sums + ((<usize>channels) << 3);
  at = x;
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const deviation = <f64>load<f32>(at) - load<f64>(sums + ((<usize>c) << 3));
      const square = squares + ((<usize>c) << 3);
      store<f64>(square, load<f64>(square) + deviation * deviation);
      at += 4;
    }
  }
  for (let c = 0; c < channels; c++)
    store<f32>(variance + ((<usize>c) << 2), <f32>(load<f64>(squares + ((<usize>c) << 3)) / <f64>rows));
}

/** y = scale (x - mean)/sqrt(variance + epsilon) + shift, as x factor + offset with both in `sums`. */
export function normalise(
  x: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  variance: usize,
  epsilon: f64,
  scale: usize,
  shift: usize,
  y: usize,
  sums: usize,
): void {
  const offsets = sums + ((<usize>channels) << 3);
  for (let c = 0; c < channels; c++) {
    const at = (<usize>c) << 2;
    const factor = <f64>load<f32>(scale + at) / sqrt(<f64>load<f32>(variance + at) + epsilon);
    store<f64>(sums + (at << 1), factor);
    store<f64>(offsets + (at << 1), <f64>load<f32>(shift + at) - <f64>load<f32>(mean + at) * factor);
  }
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const at = (<usize>c) << 3;
      store<f32>(y, <f32>(<f64>load<f32>(x) * load<f64>(sums + at) + load<f64>(offsets + at)));
      x += 4;
      y += 4;
    }
  }
}

/**
 * With z = (x - mean)/sd of the batch: dShift = sum dy, dScale = sum dy z, and dx = scale/sd (dy - dShift/rows - z
 * dScale/rows). dx may overwrite dy.
 */
export function normalisationGradient(
  x: usize,
  dy: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  variance: usize,
  epsilon: f64,
  scale: usize,
  dScale: usize,
  dShift: usize,
  dx: usize,
  sums: usize,
): void {
  sumsCleared(sums, channels);
  const products = sums + ((<usize>channels) << 3);
  let at = x;
  let from = dy;
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const gradient = <f64>load<f32>(from);
      const sum = sums + ((<usize>c) << 3);
      const product = products + ((<usize>c) << 3);
      store<f64>(sum, load<f64>(sum) + gradient);
      store<f64>(
        product,
        load<f64>(product) + gradient * (<f64>load<f32>(at) - <f64>load<f32>(mean + ((<usize>c) << 2))),
      );
      at += 4;
      from += 4;
    }
  }
  for (let c = 0; c < channels; c++) {
    const deviation = sqrt(<f64>load<f32>(variance + ((<usize>c) << 2)) + epsilon);
    store<f32>(dShift + ((<usize>c) << 2), <f32>load<f64>(sums + ((<usize>c) << 3)));
    store<f32>(dScale + ((<usize>c) << 2), <f32>(load<f64>(products + ((<usize>c) << 3)) / deviation));
  }
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const channel = (<usize>c) << 2;
      const precision = 1 / (<f64>load<f32>(variance + channel) + epsilon);
      const z2 =
        (<f64>load<f32>(x) - <f64>load<f32>(mean + channel)) * load<f64>(products + (channel << 1)) * precision;
      const centred = <f64>load<f32>(dy) - (load<f64>(sums + (channel << 1)) + z2) / <f64>rows;
      store<f32>(dx, <f32>(<f64>load<f32>(scale + channel) * sqrt(precision) * centred));
      x += 4;
      dy += 4;
      dx += 4;
    }
  }
}

/** average = momentum average + (1 - momentum) factor value, for each channel. */
export function moveAverage(average: usize, value: usize, channels: i32, momentum: f64, factor: f64): void {
  for (let c = 0; c < channels; c++) {
    const at = (<usize>c) << 2;
    const moved = momentum * <f64>load<f32>(average + at) + (1 - momentum) * factor * <f64>load<f32>(value + at);
    store<f32>(average + at, <f32>moved);
  }
}
