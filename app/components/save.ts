import { standaloneSvg as svgFile } from "#eigenscope/report/view/index.js";
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

/** A chart as an SVG file in the page's present theme. */
export function standaloneSvg(svg: string): string {
  return svgFile(svg, document.documentElement.dataset.theme === "dark" ? "dark" : "light");
}

/** Pixels of a PNG per pixel of the page. */
const PNG_SCALE = 2;

/** The drawing as PNG, on the page's paper, twice as large as its size in the page. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standaloneSvg(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth * PNG_SCALE, image.naturalHeight * PNG_SCALE];
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser gives no canvas to draw on");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => {
    canvas.toBlob(
      (blob) => (blob === null ? fail(new Error("the picture could not be made")) : done(blob)),
      "image/png",
    );
  });
}
