import type { LayerPicture } from "./picture.js";

/** Size of the picture, in pixels. */
const SIZE = { width: 720, height: 420 } as const;

/**
 * The spectrum of a layer as an SVG file of its own: eigenvalues of W'W and their density on logarithmic axes, as in
 * the paper, with the Marchenko-Pastur bulk, its edge, spikes, and the power law where one describes the tail. null if
 * no eigenvalue is above the rounding floor. What draws it is loaded by the first call.
 */
export async function spectrumSvg(
  picture: LayerPicture,
  { theme = "light" }: { readonly theme?: "light" | "dark" } = {},
): Promise<string | null> {
  const { pictureChart, standaloneSvg } = await import("./charts/index.js");
  const chart = pictureChart(picture, { ...SIZE, axes: "loglog", labels: true });
  return chart === null ? null : standaloneSvg(chart.svg, theme);
}
