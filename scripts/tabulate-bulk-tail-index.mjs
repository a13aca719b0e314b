// Tabulates what tails/tail-index.ts finds on a pure Marchenko-Pastur bulk, by seeded simulation of Wishart spectra,
// and writes src/tails/bulk-tail-index-table.ts. Needs a built package: npm run build && nice -n 10 node
// scripts/tabulate-bulk-tail-index.mjs
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng } from "../dist/numeric/index.js";
import { wishartSpectrum } from "../dist/rmt/index.js";
import { MIN_EXCESSES } from "../dist/tails/generalised-pareto.js";
import { tailIndex } from "../dist/tails/index.js";

const SEED = 20262;
const SIDES = [16, 32, 64, 128, 256, 512, 1024];
const ASPECT_RATIOS = [1, 1.5, 2, 4, 10, 40];
const SHARES = [0.1, 0.2, 0.3, 0.5];
/** Spectra a cell: the median is sure to a tenth of the spread or better. */
const spectra = (M) => (M <= 256 ? 2000 : M <= 512 ? 1000 : 500);

const rows = [];
SIDES.forEach((M, i) => {
  ASPECT_RATIOS.forEach((Q, j) => {
    const rng = createRng(SEED + 100 * i + j);
    const found = SHARES.map(() => []);
    for (let r = 0; r < spectra(M); r++) {
      const values = wishartSpectrum({ N: Math.round(Q * M), M }, rng);
      SHARES.forEach((share, s) => {
        const index = tailIndex(values, { k: Math.max(MIN_EXCESSES, Math.round(share * M)) });
        if (index !== null) found[s].push(index.xi);
      });
    }
    const cells = found.map((list) => {
      const sorted = Float64Array.from(list).sort();
      const at = (p) => sorted[Math.floor(p * sorted.length)];
      return [at(0.5), (at(0.8413) - at(0.1587)) / 2].map((value) => Number(value.toFixed(4)));
    });
    rows.push(`  [${cells.map((cell) => `[${cell.join(", ")}]`).join(", ")}],`);
    console.error(`M ${M}, Q ${Q}: ${cells.map((cell) => cell.join(" +- ")).join("  ")}`);
  });
});

const list = (values) => JSON.stringify(values).replaceAll(",", ", ");
writeFileSync(
  fileURLToPath(new URL("../src/tails/bulk-tail-index-table.ts", import.meta.url)),
  `// Written by scripts/tabulate-bulk-tail-index.mjs (seed ${SEED}; 500 to 2000 Wishart spectra per cell); do not edit.

/** The grid: sides M, aspect ratios, and shares k/M (never fewer than 8 excesses). */
export const SIDES: readonly number[] = ${list(SIDES)};
export const ASPECT_RATIOS: readonly number[] = ${list(ASPECT_RATIOS)};
export const SHARES: readonly number[] = ${list(SHARES)};

/**
 * Median of xi and its standard deviation (half the central 68 %) for each share; one row for each side and, inside it,
 * each aspect ratio.
 */
export const BULK_INDICES: readonly (readonly (readonly [xi: number, sd: number])[])[] = [
${rows.join("\n")}
];
`,
);
