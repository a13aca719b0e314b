import type { Export } from "./export-menu.js";
import { pngOf, save, standaloneSvg } from "./save.js";

/** Width of an exported chart in pixels of the page. */
const WIDTH = 1200;

/** A chart as SVG, and as PNG at twice its size, in the page's present theme. */
export function chartExports(
  name: string,
  draw: (width: number) => { readonly svg: string } | null,
  { what = "This chart", width = WIDTH }: { readonly what?: string; readonly width?: number } = {},
): readonly Export[] {
  const svg = (): string => draw(width)?.svg ?? "";
  return [
    { name: `${what} as SVG`, run: () => save(`${name}.svg`, standaloneSvg(svg()), "image/svg+xml") },
    { name: `${what} as PNG`, run: async () => save(`${name}.png`, await pngOf(svg()), "image/png") },
  ];
}
