import { clear } from "./elementwise";

// A convolution is a product with patches: for each output pixel, the k x k x channels values under the filter in the
// order row, column, channel; zeros outside the image. Images are stored in the order row, column, channel, one after
// the other. Pixels are numbered through all images of a batch.

function copy(from: usize, to: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}

function add(from: usize, to: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, v128.add<f32>(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    from += 4;
    to += 4;
  }
}

/**
 * Patches of the output pixels `first` ... `first` + `count` - 1, one after the other. `top` rows and `left` columns of
 * zeros precede the image.
 */
export function gatherPatches(
  images: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
  first: i32,
  count: i32,
  patches: usize,
): void {
  const pixelBytes = (<usize>channels) << 2;
  const runBytes = <usize>kernel * pixelBytes;
  for (let pixel = first; pixel < first + count; pixel++) {
    const image = pixel / (outHeight * outWidth);
    const y = (pixel / outWidth) % outHeight;
    const x = (pixel % outWidth) - left;
    const head = max(0, -x);
    const tail = max(0, x + kernel - width);
    for (let ky = 0; ky < kernel; ky++) {
      const row = y + ky - top;
      if (row < 0 || row >= height) {
        clear(patches, kernel * channels);
      } else {
        if (head > 0) clear(patches, head * channels);
        const from = images + <usize>((image * height + row) * width + x + head) * pixelBytes;
        copy(from, patches + <usize>head * pixelBytes, (kernel - head - tail) * channels);
        if (tail > 0) clear(patches + <usize>(kernel - tail) * pixelBytes, tail * channels);
      }
      patches += runBytes;
    }
  }
}

/** The reverse: each value of a patch is added to the pixel that it came from. */
export function scatterPatches(
  images: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
  first: i32,
  count: i32,
  patches: usize,
): void {
  const pixelBytes = (<usize>channels) << 2;
  const runBytes = <usize>kernel * pixelBytes;
  for (let pixel = first; pixel < first + count; pixel++) {
    const image = pixel / (outHeight * outWidth);
    const y = (pixel / outWidth) % outHeight;
    const x = (pixel % outWidth) - left;
    const head = max(0, -x);
    const tail = max(0, x + kernel - width);
    for (let ky = 0; ky < kernel; ky++) {
      const row = y + ky - top;
      if (row >= 0 && row < height) {
        const to = images + <usize>((image * height + row) * width + x + head) * pixelBytes;
        add(patches + <usize>head * pixelBytes, to, (kernel - head - tail) * channels);
      }
      patches += runBytes;
    }
  }
}
