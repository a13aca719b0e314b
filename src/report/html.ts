import type { Report } from "../analysis/report.js";
import type { LayerPicture } from "./picture.js";

/**
 * Options of the pages that draw charts.
 *
 * @deprecated Charts are drawn without a document. The options are ignored and go in the next version.
 */
export interface ChartOptions {
  readonly document?: unknown;
}

/**
 * The report as one self-contained page: it refers to nothing outside, opens from disk, and works without its script.
 * `pictures` has one picture per layer in the report's order, or null. The third argument is ignored: earlier versions
 * needed a document to draw charts. Throws `RangeError` if the number of pictures is not the number of layers. What
 * pages are made of is loaded only here.
 */
export async function renderHtml(
  report: Report,
  pictures: readonly (LayerPicture | null)[],
  _options?: ChartOptions,
): Promise<string> {
  if (pictures.length !== report.layers.length) {
    throw new RangeError(
      `renderHtml: found ${pictures.length} pictures for ${report.layers.length} layers, expected one for each`,
    );
  }
  const { renderPage } = await import("./html/page.js");
  return renderPage(report, pictures);
}
