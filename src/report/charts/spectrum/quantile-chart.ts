import type { LayerDetail } from "../../../analysis/layer-detail.js";
import { marchenkoPasturQuantiles } from "../../../rmt/index.js";
import { numberText, plural } from "../../number-text.js";
import { bottomAxis, type Frame, leftAxis } from "../axis.js";
import type { Chart } from "../chart.js";
import { at, type Interval, linearScale } from "../scale.js";
import { clipped, element, type PictureSize, picture, segment, svgText, withHalo } from "../svg.js";

export interface QuantileChartOptions extends PictureSize {
  readonly labels: boolean;
  readonly view?: { readonly x: Interval; readonly y?: Interval } | undefined;
}

/** The view ends at this many times the bulk's edge: larger eigenvalues are counted above it. */
const VIEW_OF_EDGE = 1.6;

/**
 * Quantile against quantile: eigenvalues of the bulk against where they would lie in a perfect bulk of the same
 * Marchenko-Pastur law. A true bulk follows the diagonal. Eigenvalues above the bulk stand at its edge, right of it
 * there is no law. Without a bulk the chart says that none fits.
 */
export function quantileChart(detail: LayerDetail, { width, height, view, labels }: QuantileChartOptions): Chart {
  const { bulk, count, zeros, eigenvalues } = detail;
  const frame: Frame = { left: 64, right: width - 14, top: 28, bottom: height - 44 };
  if (bulk === null) return noBulk(detail, { width, height }, frame);
  const { N, Q, sigma2, share, lambdaPlus } = bulk;
  const size = Math.min(count - zeros, Math.max(1, Math.round(share * count)));
  const quantiles = marchenkoPasturQuantiles(size, Q);
  const points = Array.from(eigenvalues.subarray(zeros), (lambda, i) => ({
    expected: i < size ? N * sigma2 * quantiles[i] : lambdaPlus,
    lambda,
    rank: count - zeros - i,
    inBulk: i < size,
  }));
  const most = Math.min(points[points.length - 1].lambda, VIEW_OF_EDGE * lambdaPlus);
  const end = 1.04 * Math.max(most, lambdaPlus);
  const x = linearScale(view?.x ?? [0, 1.04 * lambdaPlus], [frame.left, frame.right]);
  const y = linearScale(view?.y ?? view?.x ?? [0, end], [frame.bottom, frame.top]);
  const beyond = points.filter(({ lambda }) => lambda > y.domain[1]).length;
  const outside = points.filter(({ inBulk }) => !inBulk).length;
  const misfit = Math.max(...points.slice(0, size).map(({ lambda, expected }) => Math.abs(lambda - expected)));
  const sentence =
    `Eigenvalues of the bulk against the quantiles of its Marchenko–Pastur law: ${plural(size, "eigenvalue")}, ` +
    `at most ${numberText(misfit)} from the diagonal; ${plural(outside, "eigenvalue")} above the bulk.`;
  const svg = picture({ width, height }, sentence, [
    leftAxis(y, frame, { title: "eigenvalue λ of W′W", titleY: 14 }),
    clipped(
      frame,
      element("path", {
        d: segment([at(x, 0), at(y, 0)], [at(x, 2 * end), at(y, 2 * end)]),
        stroke: "var(--ink)",
        "stroke-width": "1.5",
      }),
      ...points.map(({ expected, lambda, inBulk }) =>
        element("circle", {
          cx: at(x, expected),
          cy: at(y, lambda),
          r: 2.3,
          fill: inBulk ? "var(--phase-random-like)" : "var(--phase-bulk-spikes)",
          "fill-opacity": "0.8",
        }),
      ),
    ),
    bottomAxis(x, frame, { title: "where a random bulk would have it" }),
    labels ? quantileLabels(frame, { beyond, lambdaMax: eigenvalues[count - 1] }) : "",
  ]);
  const series = points.map(({ expected, lambda, rank }) => ({
    x: expected,
    y: lambda,
    label: `eigenvalue ${rank} of ${count}: λ ${numberText(lambda)}, in a random bulk ${numberText(expected)}`,
  }));
  return { svg, scales: { x, y }, series: [{ name: "eigenvalues", points: series }] };
}

function quantileLabels(
  { left, top }: Frame,
  { beyond, lambdaMax }: { readonly beyond: number; readonly lambdaMax: number },
): string {
  const ink = { bold: true, fill: "var(--ink)" };
  return withHalo(
    svgText([left + 8, top + 14], "on the line: as random", ink),
    ...(beyond > 0 ? [svgText([left + 8, top + 30], `↑ ${beyond} more above, up to ${numberText(lambdaMax)}`)] : []),
  );
}

function noBulk({ eigenvalues, count }: LayerDetail, size: PictureSize, frame: Frame): Chart {
  const words = "No random bulk fits this spectrum: there are no quantiles to compare with.";
  const x = linearScale([0, eigenvalues[count - 1]], [frame.left, frame.right]);
  const y = linearScale([0, eigenvalues[count - 1]], [frame.bottom, frame.top]);
  const text = svgText([size.width / 2, size.height / 2], words, { anchor: "middle", fill: "var(--ink)" });
  return { svg: picture(size, words, [text]), scales: { x, y }, series: [] };
}
