import { inflateSync } from "node:zlib";
import { FormatError } from "../../formats/index.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The required bytes of IHDR after the sides: 8 bits, true colour, deflate, the five filters, not interlaced. */
const TRUE_COLOUR_8 = [8, 2, 0, 0, 0];
const CHANNELS = 3;
/** The packages that are read here have no picture with a larger side (theirs is 1024 x 10000). */
const MAX_SIDE = 2 ** 15;

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue by rows. */
  readonly pixels: Uint8Array;
}

/**
 * Decodes a PNG of 8-bit true colour, the only kind in which data sets are packed here [W3C PNG, 2nd ed., sections 5,
 * 9]. Checksums of chunks are not verified: the package's own is. Throws `FormatError` for any other kind, or if the
 * file is truncated or broken.
 */
export function decodePng(bytes: Uint8Array, file: string): Picture {
  const refuse = (reason: string, offset?: number): never => {
    throw new FormatError(reason, {
      kind: "malformed",
      format: "PNG",
      file,
      offset,
      remedy: "Fetch the data set again.",
    });
  };
  if (SIGNATURE.some((byte, at) => bytes[at] !== byte)) refuse("it does not begin with PNG's signature", 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let width = 0;
  let height = 0;
  for (let at = 8, type = ""; type !== "IEND"; ) {
    if (at + 12 > bytes.length) refuse("it is truncated", at);
    const length = view.getUint32(at);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (body.length < length) refuse(`the chunk ${type} is truncated`, at);
    if (type === "IHDR") {
      if (length !== 13) refuse(`its IHDR has ${length} bytes, expected 13`, at);
      [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      if (TRUE_COLOUR_8.some((value, k) => body[8 + k] !== value))
        refuse("it is not 8-bit true colour without interlacing", at);
    } else if (type === "IDAT") data.push(body);
    at += 12 + length;
  }
  if (!(width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE))
    refuse(`its sides are ${width} x ${height}`, 16);
  const size = height * (1 + width * CHANNELS);
  let rows: Uint8Array;
  try {
    rows = inflateSync(Buffer.concat(data), { maxOutputLength: size });
  } catch {
    return refuse("its data do not unpack to its picture");
  }
  if (rows.length !== size) refuse(`its data unpack to ${rows.length} bytes, expected ${size}`);
  return { width, height, pixels: unfiltered(rows, width, height, refuse) };
}

/**
 * Undoes each row's filter: every byte is the difference from a prediction by its left, upper and upper left
 * neighbours.
 */
function unfiltered(rows: Uint8Array, width: number, height: number, refuse: (reason: string) => never): Uint8Array {
  const stride = width * CHANNELS;
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    if (filter > 4) refuse(`row ${y} has the unknown filter type ${filter}`);
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    for (let x = 0; x < stride; x++) {
      const left = x >= CHANNELS ? pixels[to + x - CHANNELS] : 0;
      const up = y > 0 ? pixels[to + x - stride] : 0;
      const upLeft = x >= CHANNELS && y > 0 ? pixels[to + x - stride - CHANNELS] : 0;
      pixels[to + x] = rows[from + x] + prediction(filter, left, up, upLeft);
    }
  }
  return pixels;
}

function prediction(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  // Paeth: the neighbour that is nearest to left + up - upLeft.
  const [a, b, c] = [Math.abs(up - upLeft), Math.abs(left - upLeft), Math.abs(left + up - 2 * upLeft)];
  return a <= b && a <= c ? left : b <= c ? up : upLeft;
}
