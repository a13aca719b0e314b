import { say } from "./toast.js";

/** Gives the reader a file. */
export function save(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  say(`Saved ${name}`);
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    say("The browser does not allow copying here");
  }
}

/** A file's name without what file systems refuse. */
export function fileName(...parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[^\w.-]+/g, "_").slice(-80)).join("-");
}

/** The drawing with the page's colours in it, so that it looks the same elsewhere. */
export function standaloneSvg(svg: string): string {
  const style = getComputedStyle(document.documentElement);
  const coloured = svg.replace(
    /var\((--[\w-]+)\)/g,
    (_, name: string) => style.getPropertyValue(name).trim() || "#000",
  );
  return coloured.replace(/^<svg(?![^>]*xmlns=)/, '<svg xmlns="http://www.w3.org/2000/svg"');
}

/** Pixels of a PNG per pixel of the page. */
const PNG_SCALE = 2;

/** The drawing as PNG, on the page's paper. */
export async function pngOf(svg: string, width: number, height: number): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standaloneSvg(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * PNG_SCALE, height * PNG_SCALE];
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser gives no canvas to draw on");
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => {
    canvas.toBlob(
      (blob) => (blob === null ? fail(new Error("the picture could not be made")) : done(blob)),
      "image/png",
    );
  });
}

/** An array of numbers as a NumPy file (version 1.0, little-endian f64). */
export function npyOf(values: Float64Array): Uint8Array {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${values.length},), }`;
  // Magic, version and length take 10 bytes; the header is padded to 64.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, length - 10, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(length - 11)}\n`), 10);
  for (const [k, value] of values.entries()) view.setFloat64(length + 8 * k, value, true);
  return bytes;
}
