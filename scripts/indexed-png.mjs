// A screenshot with at most 256 colours: a third of the bytes, and no eye sees it on drawings and text.
import { deflateSync } from "node:zlib";

const MAX_COLOURS = 256;

/**
 * Encodes rows of RGBA bytes as a PNG with a palette: the most frequent colours, and for others the nearest of them.
 */
export function indexedPng(pixels, width, height) {
  const counts = new Map();
  const colourAt = (i) => (pixels[4 * i] << 16) | (pixels[4 * i + 1] << 8) | pixels[4 * i + 2];
  for (let i = 0; i < width * height; i++) counts.set(colourAt(i), (counts.get(colourAt(i)) ?? 0) + 1);
  const palette = paletteOf(counts);
  const places = new Map(palette.map((colour, k) => [colour, k]));
  const placeOf = (colour) => {
    if (!places.has(colour)) places.set(colour, nearest(palette, colour));
    return places.get(colour);
  };
  // Each row begins with its filter: none.
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = placeOf(colourAt(y * width + x));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // 8 bits, palette, and the only compression, filter and no interlacing.
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Frequent colours first; colours that are nearly one that is in the palette already are left out. */
function paletteOf(counts) {
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  for (let apart = 24; ; apart--) {
    const palette = [];
    for (const colour of byCount) {
      if (palette.length === MAX_COLOURS) break;
      if (palette.every((other) => distance(colour, other) > apart)) palette.push(colour);
    }
    if (palette.length === MAX_COLOURS || apart === 0) return palette;
  }
}

function nearest(palette, colour) {
  let best = 0;
  for (let k = 1; k < palette.length; k++) if (distance(palette[k], colour) < distance(palette[best], colour)) best = k;
  return best;
}

/** The sum of the differences of the channels. */
function distance(a, b) {
  const channel = (shift) => Math.abs(((a >> shift) & 255) - ((b >> shift) & 255));
  return channel(16) + channel(8) + channel(0);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** The checksum of PNG (ISO 3309), bit by bit: a picture has four chunks. */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
