// Draws matrices of known phase (src/phases/ensembles.ts) and holds the classifier against them: confusion matrix, reliability of the confidence,
// and the quantiles of every discriminant by family. Needs a built package: npm run build && node scripts/calibrate-phases.mjs --seed 2 --matrices 600
import { parseArgs } from "node:util";
import { createRng } from "../dist/numeric/index.js";
import { BORDER_ENSEMBLES, diagnose, PHASE_ENSEMBLES, PHASES } from "../dist/phases/index.js";
import { createEngine, poolSpectrum } from "../dist/spectra/index.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    matrices: { type: "string", default: "300" },
    smallest: { type: "string", default: "50" },
    largest: { type: "string", default: "2000" },
    details: { type: "boolean", default: false },
    wrong: { type: "boolean", default: false },
    borders: { type: "boolean", default: false },
  },
});
const rng = createRng(Number(values.seed));
const engine = createEngine("wasm");
/** Larger matrices are drawn with a smaller aspect ratio, so that no draw takes longer than a second or two. */
const MOST_ENTRIES = 4e6;

/** What storing does to weights: f32, f16, bf16, or 8 bits with one scale. */
const ROUNDINGS = [
  { dtype: "F32", storedBits: 32, round: Math.fround },
  { dtype: "F16", storedBits: 16, round: (value) => roundTo(value, 11) },
  { dtype: "BF16", storedBits: 16, round: (value) => roundTo(value, 8) },
  { dtype: "uint8-affine", storedBits: 8, round: null },
];

/** To `bits` bits of significand. */
function roundTo(value, bits) {
  if (value === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
  return Math.round(value / unit) * unit;
}

/** Phase-balanced: every phase equally often, its families in turn; sizes, scales over eight decades and roundings at random. */
function draw(k) {
  const phase = PHASES[k % PHASES.length];
  const families = PHASE_ENSEMBLES.filter((ensemble) => ensemble.phase === phase);
  return drawFrom(families[Math.floor(k / PHASES.length) % families.length], phase);
}

function drawFrom(family, phase) {
  const [low, high] = [Number(values.smallest), Number(values.largest)];
  const M = Math.round(low * (high / low) ** rng());
  const Q = Math.min(rng() < 0.15 ? 1 : 30 ** rng(), Math.max(1, MOST_ENTRIES / M ** 2));
  const N = Math.round(M * Q);
  const scale = 10 ** (-4 + 8 * rng());
  const drawn = family.draw({ N, M }, rng);
  let [largest, square] = [0, 0];
  for (const value of drawn) {
    largest = Math.max(largest, Math.abs(value));
    square += value * value;
  }
  // One scale for 8 bits: where one entry is a hundred times the others, all of these would round to zero, and nothing be left to classify.
  const coarse = largest < 30 * Math.sqrt(square / drawn.length);
  const rounding = ROUNDINGS[rng() < 0.55 ? 0 : 1 + Math.floor((coarse ? 3 : 2) * rng())];
  const step = (2 * largest) / 255;
  const W = Float32Array.from(
    drawn,
    (value) => scale * (rounding.round === null ? Math.round(value / step) * step : rounding.round(value)),
  );
  return { phase, family, N, M, W, rounding };
}

function decide({ N, M, W, rounding }) {
  const shape = { count: 1, rows: N, cols: M };
  const task = engine.begin(shape);
  task.push(W);
  const spectrum = poolSpectrum(shape, task.finish());
  const { decision, alphaReason } = diagnose(spectrum, rounding);
  return { ...decision, alphaValid: alphaReason === null };
}

const percent = (part, whole) => (whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`);
if (values.borders) {
  tellBorders();
  process.exit();
}

/** What is named between two phases: how often one of the two, and how sure. */
function tellBorders() {
  const each = Math.ceil(Number(values.matrices) / BORDER_ENSEMBLES.length);
  for (const family of BORDER_ENSEMBLES) {
    const decisions = Array.from({ length: each }, () => decide(drawFrom(family)));
    const named = [...PHASES, null].map((phase) => [phase ?? "undecided", decisions.filter((decision) => decision.phase === phase).length]);
    const either = decisions.filter(({ phase }) => family.phases.includes(phase)).length;
    const sure = decisions.reduce((sum, { confidence }) => sum + confidence, 0) / each;
    const counts = named.filter(([, count]) => count > 0).map(([phase, count]) => `${phase} ${count}`);
    console.log(`${family.phases.join(" | ")}: ${family.name}`);
    console.log(`  ${counts.join(", ")}; one of the two ${percent(either, each)}, mean confidence ${sure.toFixed(2)}`);
  }
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
      `${matrix.phase} (${matrix.family.name}, ${matrix.N} x ${matrix.M}, ${matrix.rounding.dtype}) named ${decision.phase} ${decision.confidence.toFixed(2)}: ${numbers.join(" ")}`,
    );
  }
}

console.log(`${results.length} matrices, seed ${values.seed}, M ${values.smallest} to ${values.largest}`);
console.log(`${"truth \\ named".padEnd(16)}${[...PHASES, "undecided"].map((phase) => phase.padStart(14)).join("")}   alpha valid`);
for (const truth of PHASES) {
  const row = results.filter(({ phase }) => phase === truth);
  const cells = [...PHASES, null].map((named) => String(row.filter(({ decision }) => decision.phase === named).length).padStart(14));
  console.log(`${truth.padEnd(16)}${cells.join("")}   ${percent(row.filter(({ decision }) => decision.alphaValid).length, row.length)}`);
}
const right = results.filter(({ phase, decision }) => decision.phase === phase).length;
console.log(`right: ${right} of ${results.length} (${percent(right, results.length)})`);
const brier =
  results.reduce((sum, { phase, decision }) => sum + (decision.confidence - (decision.phase === phase ? 1 : 0)) ** 2, 0) / results.length;
console.log(`Brier score of the confidence: ${brier.toFixed(4)}`);
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
