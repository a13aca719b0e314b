// Tabulates what does not depend on alpha when a power law is fitted to exact Pareto data, xmin included
// (tails/power-law.ts): the distribution of sqrt(nTail) ln((fitted alpha - 1)/(alpha - 1)) and that of sqrt(nTail) D,
// and writes src/tails/power-law-pivots-table.ts. Needs a built package: npm run build && nice -n 10 node
// scripts/tabulate-power-law-pivots.mjs
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng } from "../dist/numeric/index.js";
import { fitPowerLaw } from "../dist/tails/index.js";

const SEED = 20263;
const TAILS = [10, 14, 20, 32, 50, 80, 128, 220, 400, 1000];
const ERROR_LEVELS = [0.005, 0.025, 0.1587, 0.5, 0.8413, 0.975, 0.995];
const DISTANCE_SURVIVAL = [0.75, 0.5, 0.25, 0.1, 0.05, 0.01, 0.002];
const samples = (n) => (n <= 220 ? 10000 : 4000);

/** n Pareto values of alpha = 2 above 1 and, under it, twice as many in a hump that ends there, or nothing. */
function draw(n, body, rng) {
  const tail = Array.from({ length: n }, () => 1 / (1 - rng()));
  const below = Array.from({ length: body ? 2 * n : 0 }, () => Math.exp(-1.5 * Math.abs(rng() + rng() + rng() - 1.5)));
  return Float64Array.from([...tail, ...below]).sort();
}

function pivots(n, body, seed) {
  const rng = createRng(seed);
  const [errors, distances] = [[], []];
  for (let r = 0; r < samples(n); r++) {
    const { alpha, ks, nTail } = fitPowerLaw(draw(n, body, rng));
    errors.push(Math.sqrt(nTail) * Math.log(alpha - 1));
    distances.push(Math.sqrt(nTail) * ks);
  }
  const quantiles = (values, levels) => {
    const sorted = Float64Array.from(values).sort();
    return levels.map((p) => Number(sorted[Math.floor(p * sorted.length)].toFixed(4)));
  };
  return {
    errors: quantiles(errors, ERROR_LEVELS),
    distances: quantiles(
      distances,
      DISTANCE_SURVIVAL.map((p) => 1 - p),
    ),
  };
}

const [errors, distances] = [[], []];
TAILS.forEach((n, i) => {
  const [pure, onBody] = [pivots(n, false, SEED + i), pivots(n, true, SEED + 100 + i)];
  errors.push(pure.errors);
  // A power law is not to be rejected for what lies below it: the larger of the two.
  distances.push(pure.distances.map((value, j) => Math.max(value, onBody.distances[j])));
  console.error(`n ${n}: errors ${pure.errors.join(" ")}; distances ${distances[i].join(" ")}`);
});

const list = (values) => JSON.stringify(values).replaceAll(",", ", ");
const rows = (table) => `[\n${table.map((row) => `  ${list(row)},`).join("\n")}\n]`;
writeFileSync(
  fileURLToPath(new URL("../src/tails/power-law-pivots-table.ts", import.meta.url)),
  `// Written by scripts/tabulate-power-law-pivots.mjs (seed ${SEED}; 4000 to 10000 samples per row); do not edit.

/** Rows: numbers of values of an exact power law. */
export const TAILS: readonly number[] = ${list(TAILS)};
/** Columns of \`ERRORS\`: levels. */
export const ERROR_LEVELS: readonly number[] = ${list(ERROR_LEVELS)};
/** Columns of \`DISTANCES\`: probabilities to exceed. */
export const DISTANCE_SURVIVAL: readonly number[] = ${list(DISTANCE_SURVIVAL)};

/** Quantiles of sqrt(nTail) ln((fitted alpha - 1)/(alpha - 1)), nothing below the power law. */
export const ERRORS: readonly (readonly number[])[] = ${rows(errors)};

/** Points of sqrt(nTail) D, the larger of two: nothing below the power law, or a hump of twice as many values. */
export const DISTANCES: readonly (readonly number[])[] = ${rows(distances)};
`,
);
