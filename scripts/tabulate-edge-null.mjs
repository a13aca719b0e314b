// Tabulates how far the edge statistic (rmt/edge-test.ts) of a true bulk lies from the Tracy-Widom law: the variance is
// fitted to the same eigenvalues, and the law is a limit. Seeded simulation of Wishart spectra; writes
// src/rmt/edge-null-table.ts. Needs a built package (npm run build); some ten minutes on one core.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng, deriveSeed } from "../dist/numeric/index.js";
import { edgeStatistic } from "../dist/rmt/edge-test.js";
import { fitBulk, tracyWidomQuantile, wishartSpectrum } from "../dist/rmt/index.js";

const SIDES = [8, 16, 32, 64, 128, 256, 512];
const ASPECT_RATIOS = [1, 2, 10];
const POOLED = [1, 4, 16];
const SURVIVAL = [0.9, 0.75, 0.5, 0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.002];
/** Of the lower end of the band in which the largest eigenvalue of a true bulk lies. */
const LOW_SURVIVAL = 0.99;
const SEED = 20252;
/**
 * Pooled spectra of large matrices do not occur (convolutions have small slices); past it the largest side's cells
 * stand in.
 */
const MAX_POOLED_SIDE = 128;

/** Replicates of a cell: the standard error of the share beyond the 5 % point is 0.2 to 0.4 % of all. */
function replicates(M, rf) {
  if (rf > 1) return M <= 32 ? 6000 : 3000;
  return M <= 64 ? 12000 : M <= 256 ? 6000 : 4000;
}

/** What to add to the statistic so that it has the Tracy-Widom law, at each of the survival probabilities. */
function offsets(N, M, rf, seed) {
  const rng = createRng(seed);
  const statistics = [];
  while (statistics.length < replicates(M, rf)) {
    const pooled = new Float64Array(M * rf);
    for (let slice = 0; slice < rf; slice++) pooled.set(wishartSpectrum({ N, M }, rng), slice * M);
    const bulk = fitBulk(pooled.sort(), { N, M, rf });
    if (bulk !== null) statistics.push(edgeStatistic(pooled[pooled.length - 1], bulk));
  }
  statistics.sort((a, b) => b - a);
  return [...SURVIVAL, LOW_SURVIVAL].map((p) => {
    // Of the largest of rf maxima.
    const expected = tracyWidomQuantile((1 - p) ** (1 / rf));
    return Number((expected - statistics[Math.floor(p * statistics.length)]).toFixed(3));
  });
}

const table = {};
for (const rf of POOLED) {
  for (const Q of ASPECT_RATIOS) {
    for (const M of SIDES) {
      if (rf > 1 && M > MAX_POOLED_SIDE) continue;
      const key = `${rf}/${Q}/${M}`;
      table[key] = offsets(Math.round(M * Q), M, rf, deriveSeed(SEED, rf * 1e6 + Q * 1e4 + M));
      console.error(`${key}: ${table[key].join(" ")}`);
    }
  }
}

const rows = Object.entries(table).map(([key, values]) => `  "${key}": [${values.slice(0, -1).join(", ")}],`);
const lowRows = Object.entries(table).map(([key, values]) => `  "${key}": [${values.at(-1)}],`);
writeFileSync(
  fileURLToPath(new URL("../src/rmt/edge-null-table.ts", import.meta.url)),
  `// Written by scripts/tabulate-edge-null.mjs (seed ${SEED}; 3000 to 12000 Wishart spectra per cell); do not edit.

/** Survival probabilities of the columns. */
export const EDGE_SURVIVAL: readonly number[] = ${JSON.stringify(SURVIVAL).replaceAll(",", ", ")};
/** The grid: matrices pooled, aspect ratios, sides. Pooled spectra end at a side of ${MAX_POOLED_SIDE}. */
export const EDGE_POOLED: readonly number[] = ${JSON.stringify(POOLED).replaceAll(",", ", ")};
export const EDGE_ASPECT_RATIOS: readonly number[] = ${JSON.stringify(ASPECT_RATIOS).replaceAll(",", ", ")};
export const EDGE_SIDES: readonly number[] = ${JSON.stringify(SIDES).replaceAll(",", ", ")};

/** "rf/Q/M" -> what to add to the edge statistic at those probabilities so that it follows the Tracy-Widom law. */
export const EDGE_OFFSETS: Readonly<Record<string, readonly number[]>> = {
${rows.join("\n")}
};

/** The same at the survival probability EDGE_LOW_SURVIVAL. */
export const EDGE_LOW_SURVIVAL = ${LOW_SURVIVAL};
export const EDGE_LOW_OFFSETS: Readonly<Record<string, readonly number[]>> = {
${lowRows.join("\n")}
};
`,
);
