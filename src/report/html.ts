import type { Report } from "../analysis/report.js";
import type { LayerPicture } from "./picture.js";

/**
 * The report as one self-contained page: it refers to nothing outside, opens from disk, and works without its script.
 * `pictures` has one picture per layer in the report's order, or null. `document` draws the charts: a browser's own, or
 * one from linkedom's `parseHTML`. Throws `RangeError` if the number of pictures is not the number of layers. The chart
 * library is loaded only here.
 */
export async function renderHtml(
  report: Report,
  pictures: readonly (LayerPicture | null)[],
  { document }: { readonly document: Document },
): Promise<string> {
  if (pictures.length !== report.layers.length) {
    throw new RangeError(
      `renderHtml: found ${pictures.length} pictures for ${report.layers.length} layers, expected one for each`,
    );
  }
  const { renderPage } = await import("./html/page.js");
  return renderPage(report, pictures, { document });
}
