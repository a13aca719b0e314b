// Draws matrices of the phase ensembles (src/phases/ensembles) and keeps what the classifier reads of them:
// eigenvalues, statistics of the entries, and for masks the spectra of permuted entries. Rules can then be judged in
// seconds (scripts/judge-phases.mjs). A seed and a number give the same draws anywhere. Needs a built package: npm run
// build && node scripts/draw-ensembles.mjs --seed 1 --matrices 2000
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { shuffleLiveInPlace } from "../dist/analysis/permuted-null.js";
import { createRng, deriveSeed } from "../dist/numeric/index.js";
import { drawEnsemble, PHASE_FAMILIES } from "../dist/phases/ensembles/index.js";
import { createEngine } from "../dist/spectra/index.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    matrices: { type: "string", default: "2000" },
    minM: { type: "string", default: "32" },
    maxM: { type: "string", default: "640" },
    maxQ: { type: "string", default: "40" },
    maxEntries: { type: "string", default: "400000" },
    permutations: { type: "string", default: "9" },
    only: { type: "string" },
    out: { type: "string" },
  },
});
const seed = Number(values.seed);
const sizes = {
  minM: Number(values.minM),
  maxM: Number(values.maxM),
  maxQ: Number(values.maxQ),
  maxEntries: Number(values.maxEntries),
};
mkdirSync(".cache/ensembles", { recursive: true });
const out = values.out ?? `.cache/ensembles/${seed}.ndjson`;
if (values.from === "0") rmSync(out, { force: true });
const engine = createEngine("wasm");
const families =
  values.only === undefined ? PHASE_FAMILIES : PHASE_FAMILIES.filter(({ name }) => new RegExp(values.only).test(name));

function spectrum(W, N, M) {
  const task = engine.begin({ count: 1, rows: N, cols: M });
  task.push(W);
  return task.finish();
}

const text = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

/** Spectra of the live entries in random places: for masks only. */
function permuted(W, { N, M, entries }, rng) {
  const masked = 1 - (entries.count - entries.zeros) / (entries.liveRows[0] * entries.liveColumns[0]);
  if (masked < 0.05 || Math.min(entries.liveRows[0], entries.liveColumns[0]) < 8) return undefined;
  return Array.from({ length: Number(values.permutations) }, () => {
    const shuffled = W.slice();
    shuffleLiveInPlace(shuffled, { rows: N, cols: M }, rng);
    return text(spectrum(shuffled, N, M).eigenvalues);
  });
}

for (let k = Number(values.from); k < Number(values.matrices); k++) {
  const rng = createRng(deriveSeed(seed, k));
  const { family, N, M, W, storage, accepted } = drawEnsemble(families[k % families.length], sizes, rng);
  const solved = spectrum(W, N, M);
  const { entries } = solved;
  const { dtype, storedBits } = storage;
  const row = {
    k,
    family: family.name,
    group: family.group,
    accepted,
    N,
    M,
    dtype,
    storedBits,
    entries,
    floor: solved.resolvedFloor[0],
    route: solved.route[0],
    eigenvalues: text(solved.eigenvalues),
    permuted: permuted(W, { N, M, entries }, rng),
  };
  appendFileSync(out, `${JSON.stringify(row)}\n`);
}
