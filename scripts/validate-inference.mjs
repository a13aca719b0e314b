// Holds the tests of bulk and edge against what they promise, for entries of several laws: edge p and bulk p below 5 %,
// and false spikes at the 1 % level, over seeded draws of independent entries. Eigenvalues come from the package's own
// engine. Entries of which a tenth is kept are judged by the permutation null: of each of ten sets of entries 500
// permutations are drawn, and each is held against 99 others of its set, which is what a masked layer gets. Needs a
// built package: npm run build && node scripts/validate-inference.mjs [--shape 200x100] [--draws 5000] [--laws
// gaussian,...] [--cache FOLDER] 5,000 draws take half a minute a law at 200 x 100 and five minutes at 400 x 400, on
// one core; a cache of spectra is 4 and 16 MB a law.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chiSquaredSampler, createRng, deriveSeed, normalSampler, shuffleInPlace } from "../dist/numeric/index.js";
import { bulkGoodness, fitBulk, nullObjection, permutationNull, testEdge } from "../dist/rmt/index.js";
import { createEngine } from "../dist/spectra/index.js";

const { values } = parseArgs({
  options: {
    shape: { type: "string", default: "200x100" },
    draws: { type: "string", default: "5000" },
    laws: { type: "string", default: "gaussian,uniform,laplace,student8,sparse50,sparse10-pool" },
    seed: { type: "string", default: "101" },
    cache: { type: "string" },
  },
});
const [N, M] = values.shape.split("x").map(Number);
const draws = Number(values.draws);
/** Permutations of one set of entries, and how many others each is held against. */
const SET = 500;
const PERMUTATIONS = 99;

/** Samplers of entries of variance 1. */
const student = (degrees) => (rng) => {
  const [normal, chiSquared] = [normalSampler(rng), chiSquaredSampler(rng)];
  return () => normal() / Math.sqrt(chiSquared(degrees) / degrees) / Math.sqrt(degrees / (degrees - 2));
};
const sparse = (share) => (rng) => {
  const normal = normalSampler(rng);
  return () => (rng() < share ? normal() / Math.sqrt(share) : 0);
};
const LAWS = {
  gaussian: normalSampler,
  uniform: (rng) => () => Math.sqrt(12) * (rng() - 0.5),
  laplace: (rng) => () => (rng() < 0.5 ? -1 : 1) * -Math.log(1 - rng()) * Math.SQRT1_2,
  sign: (rng) => () => (rng() < 0.5 ? -1 : 1),
  student8: student(8),
  student5: student(5),
  sparse50: sparse(0.5),
  sparse30: sparse(0.3),
  sparse20: sparse(0.2),
  sparse10: sparse(0.1),
};

/** Per draw the kurtosis of the entries and the M eigenvalues. */
function spectraOf(law) {
  const file = values.cache && join(values.cache, `${values.shape}-${law}.bin`);
  if (file && existsSync(file)) {
    const bytes = readFileSync(file);
    return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  }
  const engine = createEngine("wasm");
  const permuted = law.endsWith("-pool");
  const label = [...`${law}/${N}/${M}`].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) >>> 0, 7);
  const rng = createRng(deriveSeed(Number(values.seed), label));
  const sample = LAWS[law.replace(/-pool$/, "")](rng);
  const all = new Float64Array(draws * (M + 1));
  let entries;
  for (let draw = 0; draw < draws; draw++) {
    if (permuted && draw % SET !== 0) shuffleInPlace(entries, rng);
    else entries = Float64Array.from({ length: N * M }, sample);
    const task = engine.begin({ count: 1, rows: N, cols: M });
    task.push(entries.slice());
    const { eigenvalues, entries: statistics } = task.finish();
    all[draw * (M + 1)] = statistics.kurtosis;
    all.set(eigenvalues, draw * (M + 1) + 1);
  }
  if (file) {
    mkdirSync(values.cache, { recursive: true });
    writeFileSync(file, new Uint8Array(all.buffer));
  }
  return all;
}

const below = (list, bound) => list.filter((p) => p <= bound).length / list.length;
const percent = (value) => `${(100 * value).toFixed(2)} %`;

console.log(
  `| ${N} x ${M}, ${draws} draws | kurtosis | judged by | edge p < 5 % | edge p < 1 % | a false spike | ` +
    "bulk p < 5 % | bulk p < 1 % |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const law of values.laws.split(",")) {
  const all = spectraOf(law);
  const count = Math.min(draws, all.length / (M + 1));
  const spectrum = (draw) => all.subarray(draw * (M + 1) + 1, (draw + 1) * (M + 1));
  const [kurtosis, edgeP, bulkP, spikes] = [[], [], [], []];
  for (let draw = 0; draw < count; draw++) {
    kurtosis.push(all[draw * (M + 1)]);
    if (law.endsWith("-pool")) {
      const set = draw - (draw % SET);
      const others = Array.from({ length: PERMUTATIONS }, (_, k) =>
        spectrum(set + ((draw - set + 1 + k) % Math.min(SET, count - set))),
      );
      const found = permutationNull(spectrum(draw), others);
      edgeP.push(found.edgeP);
      bulkP.push(found.bulkP);
      spikes.push(found.spikes);
    } else {
      const bulk = fitBulk(spectrum(draw), { N, M, kurtosis: kurtosis[draw] });
      const edge = testEdge(spectrum(draw), bulk);
      edgeP.push(edge.p);
      bulkP.push(bulkGoodness(bulk).p);
      spikes.push(edge.spikes);
    }
  }
  const mean = kurtosis.reduce((sum, value) => sum + value, 0) / count;
  const objection = nullObjection({ kurtosis: mean, maxAbs: 0, meanSquare: 1 }, { N, M });
  const judge = law.endsWith("-pool")
    ? `${PERMUTATIONS} permutations`
    : objection === null
      ? "law"
      : "law (not by the product)";
  const cells = [
    below(edgeP, 0.05),
    below(edgeP, 0.01),
    spikes.filter((k) => k > 0).length / count,
    below(bulkP, 0.05),
    below(bulkP, 0.01),
  ];
  console.log(`| ${law} | ${mean.toFixed(2)} | ${judge} | ${cells.map(percent).join(" | ")} |`);
}
