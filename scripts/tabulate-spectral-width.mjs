// Tabulates mean and standard deviation of the width of a true bulk's spectrum (rmt/spectral-width.ts) by seeded
// Wishart spectra, and writes src/rmt/spectral-width-table.ts. Needs a built package: npm run build && node
// scripts/tabulate-spectral-width.mjs (two minutes on one core)
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRng, deriveSeed } from "../dist/numeric/index.js";
import { wishartSpectrum } from "../dist/rmt/index.js";
import { widthOverLaw } from "../dist/rmt/spectral-width.js";

const SIDES = [16, 32, 64, 128, 256, 512];
const ASPECT_RATIOS = [1, 2, 10];
const SEED = 20253;
/** The standard error of the deviation is 1/sqrt(2 n): 1 % up to M = 128, 3 % at 512. */
const replicates = (M) => (M <= 128 ? 5000 : M <= 256 ? 2000 : 600);

const table = {};
for (const Q of ASPECT_RATIOS) {
  for (const M of SIDES) {
    const shape = { N: Q * M, M };
    const rng = createRng(deriveSeed(SEED, Q * 1e4 + M));
    const widths = Array.from({ length: replicates(M) }, () => widthOverLaw(wishartSpectrum(shape, rng), shape));
    const mean = widths.reduce((sum, value) => sum + value, 0) / widths.length;
    const deviation = Math.sqrt(widths.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (widths.length - 1));
    table[`${Q}/${M}`] = [M * (mean - 1), M * deviation].map((value) => Number(value.toFixed(3)));
    console.error(`${Q}/${M}: ${table[`${Q}/${M}`].join(" ")}`);
  }
}

const rows = Object.entries(table).map(([key, values]) => `  "${key}": [${values.join(", ")}],`);
writeFileSync(
  fileURLToPath(new URL("../src/rmt/spectral-width-table.ts", import.meta.url)),
  `// Written by scripts/tabulate-spectral-width.mjs (seed ${SEED}; 600 to 5000 Wishart spectra per cell); do not edit.

/** The grid: aspect ratios and sides. */
export const WIDTH_ASPECT_RATIOS: readonly number[] = ${JSON.stringify(ASPECT_RATIOS).replaceAll(",", ", ")};
export const WIDTH_SIDES: readonly number[] = ${JSON.stringify(SIDES).replaceAll(",", ", ")};

/** "Q/M" -> M (mean - 1) and M times the standard deviation of the width over that of the law. */
export const WIDTH_MOMENTS: Readonly<Record<string, readonly [number, number]>> = {
${rows.join("\n")}
};
`,
);
