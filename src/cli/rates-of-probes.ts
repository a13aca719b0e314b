import type { Precision } from "../spectra/index.js";
import { CONVOLUTIONS, type Measurement } from "./calibration-probes.js";
import type { EngineRates, RatePoint } from "./rates.js";

/** A measurement with its result. */
export interface Measured extends Measurement {
  /** Seconds of processor time for the whole file. */
  readonly seconds: number;
}

/** Smaller times are noise of the clock; none may be zero, because points are joined by powers. */
const MIN_SECONDS = 1e-9;
const PRECISIONS: readonly Precision[] = ["f64", "mixed", "f32"];

/**
 * The rates that explain measured times: `model` seconds per file, and `layer + rf (matrix + N row)` per layer. Two
 * heights give `matrix` and `row` of a side; where only one was measured, `row` grows as M^2 from the side before. Both
 * are made to grow with M, so that noise in one measurement does not make larger matrices faster.
 */
export function engineRates(measured: readonly Measured[], model: number): Pick<EngineRates, "layer" | "points"> {
  const perLayer = ({ probe, seconds }: Measured): number => Math.max(MIN_SECONDS, (seconds - model) / probe.layers);
  const layer = onceOf(measured, perLayer);
  /** `smaller`: the points before, which the first one is not to fall below. */
  const pointsOf = (precision: Precision, smaller: readonly RatePoint[] = []): RatePoint[] => {
    const own = measured.filter((one) => one.probe.rf === 1 && one.precision === precision);
    const points = smaller.slice();
    for (const M of [...new Set(own.map(({ probe }) => probe.M))].sort((a, b) => a - b)) {
      const [low, tall] = own.filter(({ probe }) => probe.M === M).sort((a, b) => a.probe.N - b.probe.N);
      const before = points.at(-1);
      const scaled = before === undefined ? 0 : before.row * (M / before.M) ** 2;
      const slope = tall === undefined ? scaled : (perLayer(tall) - perLayer(low)) / (tall.probe.N - low.probe.N);
      const row = Math.max(slope, before?.row ?? MIN_SECONDS);
      const matrix = Math.max(perLayer(low) - layer - low.probe.N * row, before?.matrix ?? MIN_SECONDS);
      points.push({ M, matrix, row });
    }
    return points;
  };
  const f64 = pointsOf("f64");
  const withSmall = (precision: Precision): RatePoint[] => {
    const sides = measured.filter((one) => one.precision === precision).map(({ probe }) => probe.M);
    return pointsOf(
      precision,
      f64.filter(({ M }) => M < Math.min(...sides)),
    );
  };
  const points = Object.fromEntries(PRECISIONS.map((name) => [name, name === "f64" ? f64 : withSmall(name)]));
  return { layer, points: points as Record<Precision, RatePoint[]> };
}

/** What a layer takes once: a convolution of nine matrices takes that much less than nine layers of one. */
function onceOf(measured: readonly Measured[], perLayer: (one: Measured) => number): number {
  const { N, M, rf } = CONVOLUTIONS;
  const [single, several] = [1, rf].map((count) =>
    measured.find(({ probe }) => probe.N === N && probe.M === M && probe.rf === count),
  );
  if (single === undefined || several === undefined) return 0;
  const once = (rf * perLayer(single) - perLayer(several)) / (rf - 1);
  return Math.min(Math.max(0, once), perLayer(single));
}
