import { DARK_PALETTE, LIGHT_PALETTE, type Palette } from "../phase-palette.js";

/** The font of a picture outside a page. */
const FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/**
 * A chart as a file of its own: the page's variables become colours, and the ground is painted. Programs that draw SVG
 * files know neither variables nor `color-mix`, so that both are computed here. Throws `RangeError` for a variable that
 * is no token of the palette.
 */
export function standaloneSvg(svg: string, theme: "light" | "dark" = "light"): string {
  const palette = theme === "dark" ? DARK_PALETTE : LIGHT_PALETTE;
  const coloured = svg
    .replace(/var\(--mono, monospace\)/g, "ui-monospace, Menlo, Consolas, monospace")
    .replace(
      /color-mix\(in srgb, var\(--([\w-]+)\) (\d+)%, var\(--([\w-]+)\)\)/g,
      (_, first: string, share: string, second: string) =>
        mixed(colourOf(palette, first), colourOf(palette, second), Number(share) / 100),
    )
    .replace(/var\(--([\w-]+)\)/g, (_, token: string) => colourOf(palette, token));
  return coloured
    .replace("<svg ", `<svg xmlns="http://www.w3.org/2000/svg" font-family="${FONT}" `)
    .replace(">", `><rect width="100%" height="100%" fill="${palette.paper}"/>`);
}

function colourOf(palette: Palette, token: string): string {
  const colour = (palette as Readonly<Record<string, string>>)[token];
  if (colour === undefined)
    throw new RangeError(`standaloneSvg: found the variable --${token}, expected a colour token`);
  return colour;
}

/** `share` of the first colour and the rest of the second, channel by channel, as `color-mix(in srgb)` does. */
function mixed(first: string, second: string, share: number): string {
  const channels = (colour: string): number[] => [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16));
  const [a, b] = [channels(first), channels(second)];
  return `#${a
    .map((value, i) =>
      Math.round(share * value + (1 - share) * b[i])
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}
