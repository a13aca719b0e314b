// alpha of pure noise: `node scripts/alpha-of-noise.mjs [--draws=200]` fits a power law (`fitPowerLaw`) to seeded
// Wishart spectra of several shapes, with entries of variance 1/N, and prints the table of decision 18. Half a minute.
import { parseArgs } from "node:util";
import { createRng, deriveSeed } from "../dist/numeric/index.js";
import { wishartSpectrum } from "../dist/rmt/index.js";
import { fitPowerLaw } from "../dist/tails/index.js";

const SEED = 20270;
const ASPECT_RATIOS = [1, 2, 4, 10, 40];
const { values } = parseArgs({ options: { draws: { type: "string", default: "200" } } });
const draws = Number(values.draws);

/** The alphas of `count` spectra of one shape, ascending. */
function alphas({ N, M }, count) {
  return Float64Array.from({ length: count }, (_, draw) => {
    const spectrum = wishartSpectrum({ N, M }, createRng(deriveSeed(SEED + M * 1000 + N, draw))).map(
      (lambda) => lambda / N,
    );
    return fitPowerLaw(spectrum).alpha;
  }).sort();
}

function cell(shape) {
  const sorted = alphas(shape, draws);
  const at = (p) => sorted[Math.min(draws - 1, Math.floor(p * draws))].toPrecision(2);
  return `${at(0.5)} (${at(0.025)} to ${at(0.975)})`;
}

console.log(`| M | ${ASPECT_RATIOS.map((Q) => `Q = ${Q}`).join(" | ")} |`);
console.log(`| --- | ${ASPECT_RATIOS.map(() => "---").join(" | ")} |`);
for (const M of [32, 64, 128, 256, 512, 1024]) {
  console.log(`| ${M} | ${ASPECT_RATIOS.map((Q) => cell({ N: Q * M, M })).join(" | ")} |`);
}
console.log(`\n1000 x 300: ${cell({ N: 1000, M: 300 })}`);
