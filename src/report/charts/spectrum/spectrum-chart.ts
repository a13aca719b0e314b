import type { LayerDetail } from "../../../analysis/layer-detail.js";
import type { LayerPicture } from "../../picture.js";
import type { Chart } from "../chart.js";
import type { Interval } from "../scale.js";
import { linearScale, logScale } from "../scale.js";
import { picture, svgText } from "../svg.js";
import { densityChart } from "./density-chart.js";
import { type DensityAxes, densityOfDetail, densityOfPicture } from "./density-data.js";
import { quantileChart } from "./quantile-chart.js";
import { rankChart } from "./rank-chart.js";

/**
 * - "log": share of the eigenvalues per decade against log lambda. "linear": density, for the bulk's familiar shape.
 *   "loglog": density on logarithmic axes, where a power law is a straight line.
 * - "rank": eigenvalue against its rank. "ccdf": share of the eigenvalues at least as large. Both logarithmic.
 * - "qq": the bulk's eigenvalues against the quantiles of its Marchenko-Pastur law.
 */
export type SpectrumAxes = DensityAxes | "rank" | "ccdf" | "qq";

export interface SpectrumOptions {
  readonly width: number;
  readonly height?: number;
  readonly axes?: SpectrumAxes;
  readonly show?: { readonly bulk?: boolean; readonly tail?: boolean; readonly shuffled?: boolean };
  /** Part of the chart to show, in the numbers of its axes: zooming draws again. */
  readonly view?: { readonly x: Interval; readonly y?: Interval } | undefined;
  /** Where the power law begins, if the reader tries another start. */
  readonly xmin?: number | undefined;
  /** Eigenvalues of the same weights in random order. They are drawn if `show.shuffled` is true. */
  readonly shuffled?: ArrayLike<number> | null;
  readonly labels?: boolean;
}

export const SPECTRUM_HEIGHT = 400;

/**
 * The spectrum of a layer. Without an eigenvalue above the rounding floor it is a picture that says so. Throws
 * `RangeError` if a view is empty, or reaches 0 on a logarithmic axis.
 */
export function spectrumChart(
  detail: LayerDetail,
  {
    width,
    height = SPECTRUM_HEIGHT,
    axes = "log",
    show = {},
    view,
    xmin,
    shuffled = null,
    labels = true,
  }: SpectrumOptions,
): Chart {
  const shown = { bulk: show.bulk ?? true, tail: show.tail ?? true };
  const other = show.shuffled ? shuffled : null;
  const common = { width, height, show: shown, labels };
  if (detail.zeros === detail.count) return emptyChart(detail.count, { width, height });
  if (axes === "rank" || axes === "ccdf") return rankChart(detail, { ...common, axes, view, xmin, shuffled: other });
  if (axes === "qq") return quantileChart(detail, { ...common, view });
  const data = densityOfDetail(detail, { axes, view: view?.x, xmin, shuffled: other });
  if (data === null) return emptyChart(detail.count, { width, height });
  return densityChart(data, { ...common, viewY: view?.y });
}

/**
 * The spectrum from the picture that a page keeps of each layer: no zoom, and no words in the chart unless they are
 * asked for. null if no eigenvalue is above the rounding floor.
 */
export function pictureChart(
  layer: LayerPicture,
  {
    width,
    height = SPECTRUM_HEIGHT,
    axes,
    labels = false,
  }: {
    readonly width: number;
    readonly height?: number;
    readonly axes: DensityAxes;
    readonly labels?: boolean;
  },
): Chart | null {
  const data = densityOfPicture(layer, axes);
  return data === null ? null : densityChart(data, { width, height, labels, show: { bulk: true, tail: true } });
}

function emptyChart(count: number, { width, height }: { readonly width: number; readonly height: number }): Chart {
  const words = count === 0 ? "There are no eigenvalues." : `All ${count} eigenvalues are zero to working precision.`;
  const svg = picture({ width, height }, words, [
    svgText([width / 2, height / 2], words, { anchor: "middle", fill: "var(--ink)" }),
  ]);
  const [x, y] = [logScale([0.1, 1], [0, width]), linearScale([0, 1], [height, 0])];
  return { svg, scales: { x, y }, series: [] };
}
