import type { Comparison } from "../analysis/compare/comparison.js";
import type { Report } from "../analysis/report.js";
import type { SmallPicture } from "../analysis/small-picture.js";
import type { Ranking } from "../rank/index.js";
import type { LayerPicture } from "./picture.js";

/** Options of a model's page. */
export interface PageOptions {
  /**
   * Large charts of every layer. Default false: of every layer if there are at most 12, else of the layers that are
   * most worth a look; every other layer has a small spectrum and a row.
   */
  readonly all?: boolean;
  /** @deprecated Ignored: earlier versions needed a document to draw charts. It goes in the next version. */
  readonly document?: unknown;
}

/** @deprecated The name of `PageOptions` in earlier versions. It goes in the next version. */
export type ChartOptions = PageOptions;

/**
 * The report as one self-contained page: it refers to nothing outside, opens from disk, and works without its script.
 * `pictures` has one picture per layer in the report's order, or null; of a small picture no large chart can be drawn.
 * Throws `RangeError` if the number of pictures is not the number of layers. What pages are made of is loaded only
 * here.
 */
export async function renderHtml(
  report: Report,
  pictures: readonly (LayerPicture | SmallPicture | null)[],
  { all = false }: PageOptions = {},
): Promise<string> {
  if (pictures.length !== report.layers.length) {
    throw new RangeError(
      `renderHtml: found ${pictures.length} pictures for ${report.layers.length} layers, expected one for each`,
    );
  }
  const { renderModelPage } = await import("./page/model-page.js");
  return renderModelPage(report, pictures, { all });
}

/** A comparison as one self-contained page, like `renderHtml`. */
export async function renderComparisonHtml(comparison: Comparison): Promise<string> {
  const { renderComparisonPage } = await import("./page/comparison-page.js");
  return renderComparisonPage(comparison);
}

/** A ranking as one self-contained page, like `renderHtml`. */
export async function renderRankingHtml(ranking: Ranking): Promise<string> {
  const { renderRankingPage } = await import("./page/ranking-page.js");
  return renderRankingPage(ranking);
}
