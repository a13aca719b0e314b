// Max pooling of images in the order row, column, channel, one after the other. `top` rows and `left` columns of
// padding precede an image; a window uses the part that lies inside the image.

/**
 * Writes the largest value of each window to `to`, and its index, counted from the first image, to `places`; of equal
 * values the first.
 */
export function maxPool(
  images: usize,
  count: i32,
  height: i32,
  width: i32,
  channels: i32,
  size: i32,
  stride: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
  to: usize,
  places: usize,
): void {
  const fours = channels & ~3;
  for (let image = 0; image < count; image++) {
    for (let i = 0; i < outHeight; i++) {
      const upper = max(0, i * stride - top);
      const rows = min(height, i * stride - top + size) - upper;
      for (let j = 0; j < outWidth; j++) {
        const first = max(0, j * stride - left);
        const columns = min(width, j * stride - left + size) - first;
        const corner = ((image * height + upper) * width + first) * channels;
        for (let c = 0; c < fours; c += 4) {
          largestOfFour(images, corner + c, rows, columns, width, channels, to, places);
          to += 16;
          places += 16;
        }
        for (let c = fours; c < channels; c++) {
          const place = placeOfLargest(images, corner + c, rows, columns, width, channels);
          store<f32>(to, load<f32>(images + ((<usize>place) << 2)));
          store<i32>(places, place);
          to += 4;
          places += 4;
        }
      }
    }
  }
}

/** One window of four channels, from value number `corner` on. */
function largestOfFour(
  images: usize,
  corner: i32,
  rows: i32,
  columns: i32,
  width: i32,
  channels: i32,
  to: usize,
  places: usize,
): void {
  const step = i32x4.splat(channels);
  let best = v128.load(images + ((<usize>corner) << 2));
  let place = v128.add<i32>(i32x4.splat(corner), i32x4(0, 1, 2, 3));
  for (let y = 0; y < rows; y++) {
    const start = corner + y * width * channels;
    let at = images + ((<usize>start) << 2);
    let number = v128.add<i32>(i32x4.splat(start), i32x4(0, 1, 2, 3));
    for (let x = columns; x > 0; x--) {
      const value = v128.load(at);
      const larger = v128.gt<f32>(value, best);
      best = v128.bitselect(value, best, larger);
      place = v128.bitselect(number, place, larger);
      number = v128.add<i32>(number, step);
      at += (<usize>channels) << 2;
    }
  }
  v128.store(to, best);
  v128.store(places, place);
}

function placeOfLargest(images: usize, corner: i32, rows: i32, columns: i32, width: i32, channels: i32): i32 {
  let place = corner;
  let best = load<f32>(images + ((<usize>corner) << 2));
  for (let y = 0; y < rows; y++) {
    let at = corner + y * width * channels;
    for (let x = columns; x > 0; x--) {
      const value = load<f32>(images + ((<usize>at) << 2));
      if (value > best) {
        best = value;
        place = at;
      }
      at += channels;
    }
  }
  return place;
}

/** Adds each of `count` output gradients to the pixel from which its value came. */
export function scatterToPlaces(gradient: usize, places: usize, count: i32, to: usize): void {
  for (; count > 0; count--) {
    const at = to + ((<usize>load<i32>(places)) << 2);
    store<f32>(at, load<f32>(at) + load<f32>(gradient));
    gradient += 4;
    places += 4;
  }
}
