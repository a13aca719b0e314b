// Tabulates the null distribution of the bulk's misfit (rmt/bulk-goodness.ts) by seeded simulation of Wishart spectra,
// and writes src/rmt/bulk-goodness-table.ts. Needs a built package: npm run build && node
// scripts/tabulate-bulk-goodness.mjs (some ten minutes on one core)
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng } from "../dist/numeric/index.js";
import { bulkMisfit } from "../dist/rmt/bulk-misfit.js";
import { fitBulk, wishartSpectrum } from "../dist/rmt/index.js";

const SIDES = [8, 16, 32, 64, 128, 256, 512, 1024];
const ASPECT_RATIOS = [1, 2, 10];
const POOLED = [1, 4, 16];
const SURVIVAL = [0.75, 0.5, 0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.002];
const SEED = 20251;
/**
 * Pooled spectra of large matrices do not occur (convolutions have small slices); their cells repeat those of the
 * largest tabulated side.
 */
const LARGEST_POOLED_SIDE = 256;

/** Replicates a cell: enough that the 0.002 point rests on several values. */
function replicates(M, rf) {
  if (rf > 1) return M <= 64 ? 4000 : 2000;
  return M <= 256 ? 8000 : M <= 512 ? 4000 : 2000;
}

function quantiles(N, M, rf, seed) {
  const rng = createRng(seed);
  const misfits = [];
  while (misfits.length < replicates(M, rf)) {
    const pooled = new Float64Array(M * rf);
    for (let slice = 0; slice < rf; slice++) pooled.set(wishartSpectrum({ N, M }, rng), slice * M);
    const bulk = fitBulk(pooled.sort(), { N, M, rf });
    if (bulk !== null) misfits.push(bulkMisfit(bulk, rf));
  }
  misfits.sort((a, b) => b - a);
  return SURVIVAL.map((p) => Number(misfits[Math.floor(p * misfits.length)].toFixed(4)));
}

const table = {};
let cell = 0;
for (const rf of POOLED) {
  for (const Q of ASPECT_RATIOS) {
    for (const M of SIDES) {
      cell++;
      if (rf > 1 && M > LARGEST_POOLED_SIDE) continue;
      table[`${rf}/${Q}/${M}`] = quantiles(Math.round(M * Q), M, rf, SEED + cell);
      console.error(`rf ${rf}, Q ${Q}, M ${M}: ${table[`${rf}/${Q}/${M}`].join(" ")}`);
    }
  }
}

const rows = Object.entries(table).map(([key, values]) => `  "${key}": [${values.join(", ")}],`);
writeFileSync(
  fileURLToPath(new URL("../src/rmt/bulk-goodness-table.ts", import.meta.url)),
  `// Written by scripts/tabulate-bulk-goodness.mjs (seed ${SEED}; 2000 to 8000 Wishart spectra per cell); do not edit.

/** Survival probabilities of the columns. */
export const SURVIVAL: readonly number[] = ${JSON.stringify(SURVIVAL).replaceAll(",", ", ")};
/** The grid: matrices pooled, aspect ratios, sides. Pooled spectra end at a side of ${LARGEST_POOLED_SIDE}. */
export const POOLED: readonly number[] = ${JSON.stringify(POOLED).replaceAll(",", ", ")};
export const ASPECT_RATIOS: readonly number[] = ${JSON.stringify(ASPECT_RATIOS).replaceAll(",", ", ")};
export const SIDES: readonly number[] = ${JSON.stringify(SIDES).replaceAll(",", ", ")};

/** "rf/Q/M" -> misfits that a true bulk exceeds with those probabilities. */
export const MISFIT_QUANTILES: Readonly<Record<string, readonly number[]>> = {
${rows.join("\n")}
};
`,
);
