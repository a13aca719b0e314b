// Draws matrices of known phase (src/phases/ensembles.ts) and holds the classifier against them: confusion matrix, reliability of the confidence,
// and the quantiles of every discriminant by family. Needs a built package: npm run build && node scripts/calibrate-phases.mjs --seed 2 --matrices 600
import { parseArgs } from "node:util";
import { createRng } from "../dist/numeric/index.js";
import { alphaObjection, classifyPhase, PHASE_ENSEMBLES, PHASES, phaseEvidence } from "../dist/phases/index.js";
import { fitBulk, testEdge } from "../dist/rmt/index.js";
import { createEngine, poolSpectrum, storageFloor } from "../dist/spectra/index.js";
import { fitPowerLaw } from "../dist/tails/index.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    matrices: { type: "string", default: "300" },
    smallest: { type: "string", default: "60" },
    largest: { type: "string", default: "700" },
    details: { type: "boolean", default: false },
    wrong: { type: "boolean", default: false },
  },
});
const rng = createRng(Number(values.seed));
const engine = createEngine("wasm");
const ASPECT_RATIOS = [1, 1.3, 2, 4, 8, 10.7];

/** Phase-balanced: every phase equally often, its families in turn. */
function draw(k) {
  const phase = PHASES[k % PHASES.length];
  const families = PHASE_ENSEMBLES.filter((ensemble) => ensemble.phase === phase);
  const family = families[Math.floor(k / PHASES.length) % families.length];
  const [low, high] = [Number(values.smallest), Number(values.largest)];
  const M = Math.round(low * (high / low) ** rng());
  const N = Math.round(M * ASPECT_RATIOS[Math.floor(rng() * ASPECT_RATIOS.length)]);
  const scale = 10 ** (-2 + 3 * rng());
  const W = Float32Array.from(family.draw({ N, M }, rng), (value) => value * scale);
  return { phase, family, N, M, W };
}

function decide({ N, M, W }) {
  const shape = { count: 1, rows: N, cols: M };
  const task = engine.begin(shape);
  task.push(W);
  const spectrum = poolSpectrum(shape, task.finish());
  const zeroFloor = Math.max(spectrum.resolvedFloor, storageFloor(spectrum, { dtype: "F32", storedBits: 32 }));
  const bulk = fitBulk(spectrum.eigenvalues, { N, M, floor: zeroFloor });
  const edge = bulk === null ? null : testEdge(spectrum.eigenvalues, bulk);
  const tail = fitPowerLaw(spectrum.eigenvalues);
  const evidence = phaseEvidence(spectrum, { bulk, edge, tail, zeroFloor });
  const decision = classifyPhase(evidence, M);
  return { ...decision, alphaValid: alphaObjection(evidence, decision.phase, tail?.nTail ?? 0) === null };
}

const results = [];
for (let k = 0; k < Number(values.matrices); k++) {
  const matrix = draw(k);
  const decision = decide(matrix);
  results.push({ ...matrix, W: undefined, decision });
  if (values.wrong && decision.phase !== matrix.phase) {
    const numbers = Object.entries(decision.evidence).map(
      ([name, value]) => `${name}=${value === null ? "-" : Number(value.toPrecision(3))}`,
    );
    console.log(
      `${matrix.phase} (${matrix.family.name}, ${matrix.N} x ${matrix.M}) named ${decision.phase} ${decision.confidence.toFixed(2)}: ${numbers.join(" ")}`,
    );
  }
}

const percent = (part, whole) => (whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`);
console.log(`${results.length} matrices, seed ${values.seed}, M ${values.smallest} to ${values.largest}`);
console.log(`${"truth \\ named".padEnd(16)}${[...PHASES, "undecided"].map((phase) => phase.padStart(14)).join("")}   alpha valid`);
for (const truth of PHASES) {
  const row = results.filter(({ phase }) => phase === truth);
  const cells = [...PHASES, null].map((named) => String(row.filter(({ decision }) => decision.phase === named).length).padStart(14));
  console.log(`${truth.padEnd(16)}${cells.join("")}   ${percent(row.filter(({ decision }) => decision.alphaValid).length, row.length)}`);
}
const right = results.filter(({ phase, decision }) => decision.phase === phase).length;
console.log(`right: ${right} of ${results.length} (${percent(right, results.length)})`);
console.log("\nconfidence    matrices   right");
for (const [from, to] of [
  [0, 0.5],
  [0.5, 0.7],
  [0.7, 0.9],
  [0.9, 0.95],
  [0.95, 1.01],
]) {
  const bin = results.filter(({ decision }) => decision.confidence >= from && decision.confidence < to);
  const hits = bin.filter(({ phase, decision }) => decision.phase === phase).length;
  console.log(`${from.toFixed(2)} - ${Math.min(1, to).toFixed(2)}   ${String(bin.length).padStart(6)}   ${percent(hits, bin.length)}`);
}

if (values.details) {
  for (const family of PHASE_ENSEMBLES) {
    const rows = results.filter((result) => result.family === family);
    if (rows.length === 0) continue;
    console.log(`\n${family.phase}: ${family.name} (${rows.length})`);
    for (const measure of Object.keys(rows[0].decision.evidence)) {
      const sorted = rows
        .map(({ decision }) => decision.evidence[measure])
        .filter((value) => value !== null)
        .sort((a, b) => a - b);
      if (sorted.length === 0) continue;
      const quantiles = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map((p) =>
        sorted[Math.round(p * (sorted.length - 1))].toPrecision(3).padStart(10),
      );
      console.log(`  ${measure.padEnd(20)}${String(sorted.length).padStart(4)}${quantiles.join("")}`);
    }
  }
}
