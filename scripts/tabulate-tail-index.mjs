// Tabulates the sampling distribution of the raw estimate of the tail index (tails/generalised-pareto.ts) by seeded
// simulation of generalised Pareto excesses, and writes src/tails/tail-index-table.ts. Needs a built package: npm run
// build && nice -n 10 node scripts/tabulate-tail-index.mjs
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng } from "../dist/numeric/index.js";
import { fitGeneralisedPareto } from "../dist/tails/index.js";

const SEED = 20261;
const EXCESSES = [8, 10, 12, 14, 17, 20, 25, 32, 45, 64, 100, 180, 400, 1000];
const SHAPES = [-1.5, -1.25, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8];
const LEVELS = [0.001, 0.005, 0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975, 0.995, 0.999];
/** Samples a cell; the 0.025 points are then sure to 0.03 of the spread (k = 1000: to 0.07). */
const samples = (k) => (k <= 100 ? 20000 : k <= 400 ? 8000 : 4000);

/** Ascending excesses of shape xi: exponential spacings (Renyi), transformed. */
function excesses(k, xi, rng) {
  const y = new Float64Array(k);
  let e = 0;
  for (let i = 0; i < k; i++) {
    e -= Math.log(1 - rng()) / (k - i);
    y[i] = xi === 0 ? e : Math.expm1(xi * e) / xi;
  }
  return y;
}

const rows = [];
EXCESSES.forEach((k, i) => {
  SHAPES.forEach((xi, j) => {
    const rng = createRng(SEED + 100 * i + j);
    const found = Float64Array.from({ length: samples(k) }, () => fitGeneralisedPareto(excesses(k, xi, rng)).xi).sort();
    const quantiles = LEVELS.map((p) => Number(found[Math.floor(p * found.length)].toFixed(4)));
    rows.push(`  [${quantiles.join(", ")}],`);
    console.error(`k ${k}, xi ${xi}: ${quantiles.join(" ")}`);
  });
});

const list = (values) => JSON.stringify(values).replaceAll(",", ", ");
writeFileSync(
  fileURLToPath(new URL("../src/tails/tail-index-table.ts", import.meta.url)),
  `// Written by scripts/tabulate-tail-index.mjs (seed ${SEED}; 4000 to 20000 samples per cell); do not edit.
// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: a tabulated value that lies near a constant.

/** The grid: numbers of excesses, true indices, and the levels of the quantiles. */
export const EXCESSES: readonly number[] = ${list(EXCESSES)};
export const SHAPES: readonly number[] = ${list(SHAPES)};
export const LEVELS: readonly number[] = ${list(LEVELS)};

/** Quantiles of the raw estimate, one row for each number of excesses and, inside it, each true index. */
export const RAW_QUANTILES: readonly (readonly number[])[] = [
${rows.join("\n")}
];
`,
);
