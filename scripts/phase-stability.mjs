// Whether a phase stays what it is when nothing or little of the matrix changes: scaled, transposed, rows and columns
// permuted; stored in bf16, fp8, int8; one per cent of noise added; half of the rows. A flip counts as confident where
// both confidences exceed 0.9. Needs a built package:
//   node scripts/phase-stability.mjs [--matrices 200] [--seed 77] [--maxM 256] [--flips]
import { parseArgs } from "node:util";
import { permutationsFor, shuffleLiveInPlace } from "../dist/analysis/permuted-null.js";
import { createRng, deriveSeed, normalSampler, shuffleInPlace } from "../dist/numeric/index.js";
import { drawEnsemble, PHASE_FAMILIES, STORAGES } from "../dist/phases/ensembles/index.js";
import { diagnose, liveShape } from "../dist/phases/index.js";
import { permutationNull } from "../dist/rmt/index.js";
import { createEngine, poolSpectrum } from "../dist/spectra/index.js";

const { values } = parseArgs({
  options: {
    matrices: { type: "string", default: "200" },
    seed: { type: "string", default: "77" },
    maxM: { type: "string", default: "256" },
    flips: { type: "boolean", default: false },
  },
});
const CONFIDENT = 0.9;
const SIZES = { minM: 32, maxM: Number(values.maxM), maxQ: 20, maxEntries: 200_000 };
const NOISE = 0.01;
const engine = createEngine("wasm");

function spectrumOf({ W, rows, cols }) {
  const shape = { count: 1, rows, cols };
  const task = engine.begin(shape);
  task.push(W);
  return poolSpectrum(shape, task.finish());
}

/** Phase and confidence, as the product gives them: by permutations where the matrix is a mask. */
function judge(matrix, storage) {
  const spectrum = spectrumOf(matrix);
  const { rows, cols } = matrix;
  const [N, M] = [Math.max(rows, cols), Math.min(rows, cols)];
  const count = permutationsFor({ source: { count: 1, rows, cols }, N, M, rf: 1 }, spectrum);
  const spectra = Array.from({ length: count }, (_, replicate) => {
    const W = matrix.W.slice();
    shuffleLiveInPlace(W, matrix, createRng(deriveSeed(5, replicate)));
    return spectrumOf({ W, rows, cols }).eigenvalues;
  });
  const { decision, evidence } = diagnose(
    spectrum,
    storage,
    count === 0 ? null : permutationNull(spectrum.eigenvalues, spectra),
  );
  return { ...decision, evidence };
}

const Q = ({ N, M }) => N / M;
const rms = (W) => Math.sqrt(W.reduce((sum, value) => sum + value * value, 0) / W.length);

function transposed({ W, rows, cols }) {
  return { W: W.map((_, k) => W[(k % rows) * cols + Math.floor(k / rows)]), rows: cols, cols: rows };
}

function permuted({ W, rows, cols }, rng) {
  const [row, column] = [rows, cols].map((n) =>
    shuffleInPlace(
      Float64Array.from({ length: n }, (_, i) => i),
      rng,
    ),
  );
  return { W: W.map((_, k) => W[row[Math.floor(k / cols)] * cols + column[k % cols]]), rows, cols };
}

function noisy({ W, rows, cols }, rng) {
  const normal = normalSampler(rng);
  const sd = NOISE * rms(W);
  return { W: W.map((value) => value + sd * normal()), rows, cols };
}

function halved({ W, rows, cols }, rng) {
  const kept = shuffleInPlace(
    Float64Array.from({ length: rows }, (_, i) => i),
    rng,
  ).slice(0, rows >> 1);
  return {
    W: Float64Array.from({ length: kept.length * cols }, (_, k) => W[kept[Math.floor(k / cols)] * cols + (k % cols)]),
    rows: kept.length,
    cols,
  };
}

const storedAs = (name) => STORAGES.find(({ dtype }) => dtype === name);
const stored = (name) => (matrix) => ({ ...matrix, W: storedAs(name).store(matrix.W), storage: storedAs(name) });

/**
 * Families whose law ties rows to each other: half of their rows is a matrix of another law, not a smaller sample of
 * the same one (half of an identity has lost half of the rank, half of an orthogonal matrix is not orthogonal).
 */
const TIED_ROWS = new Set([
  "two Gaussian blocks on the diagonal",
  "orthogonal columns",
  "orthogonal columns and a little noise",
  "an identity and a little noise",
  "one entry of each column, the rest zero",
  "neighbouring rows of the long side correlated",
  "every row twice",
  "a circulant matrix",
  "a Toeplitz matrix",
  "an orthogonal matrix and a power law",
]);
const unknown = [...TIED_ROWS].filter((name) => !PHASE_FAMILIES.some((family) => family.name === name));
if (unknown.length > 0) throw new Error(`no families of these names: ${unknown.join(", ")}`);

/** One scale for all entries rounds the others to zero where one of them is this many times the root mean square. */
const MAX_PEAK = 30;
const peaked = ({ W }) => W.reduce((most, value) => Math.max(most, Math.abs(value)), 0) > MAX_PEAK * rms(W);

/** Half of fewer live rows than 2 M could not hold the rank. */
const tooFewToHalve = (matrix) => Q(liveShape(spectrumOf(matrix))) < 2;

/** Changes that leave the spectrum as it is (up to a factor) must leave the confidence too. */
const CHANGES = {
  "scaled by 0.037": { exact: true, change: (matrix) => ({ ...matrix, W: matrix.W.map((value) => 0.037 * value) }) },
  transposed: { exact: true, change: transposed },
  "rows and columns permuted": { exact: true, change: permuted },
  bf16: { change: stored("BF16") },
  "fp8 (e4m3)": { change: stored("F8_E4M3"), fills: true },
  int8: { change: stored("uint8-affine"), fills: true, unless: peaked },
  "1 % of noise": { change: noisy, fills: true },
  "half of the rows": { change: halved, unless: (matrix, { name }) => TIED_ROWS.has(name) || tooFewToHalve(matrix) },
  "half of tied rows": { change: halved, unless: (matrix, { name }) => !TIED_ROWS.has(name) || tooFewToHalve(matrix) },
};

/**
 * Whether what is added is larger than what the lost directions carry: the collapse is no longer there. The change's
 * own largest eigenvalue is held against the largest one below the jump.
 */
function fills(before, matrix, changed) {
  if (before.phase !== "rank-collapse") return false;
  const difference = spectrumOf({ ...matrix, W: changed.W.map((value, k) => value - matrix.W[k]) }).eigenvalues;
  const { eigenvalues } = spectrumOf(matrix);
  const lost = Math.max(
    1,
    Math.round((before.evidence.jump_fraction ?? before.evidence.zero_fraction ?? 0) * eigenvalues.length),
  );
  return difference[difference.length - 1] > eigenvalues[lost - 1];
}

const table = Object.fromEntries(
  Object.keys(CHANGES).map((name) => [
    name,
    { matrices: 0, leftOut: 0, flips: 0, confident: 0, moved: 0, largest: 0, filled: 0 },
  ]),
);
for (let k = 0; k < Number(values.matrices); k++) {
  const family = PHASE_FAMILIES[k % PHASE_FAMILIES.length];
  const drawn = drawEnsemble(family, SIZES, createRng(deriveSeed(Number(values.seed), k)));
  const matrix = { W: Float64Array.from(drawn.W), rows: drawn.N, cols: drawn.M };
  const before = judge(matrix, drawn.storage);
  for (const [name, { exact = false, change, fills: mayFill = false, unless = () => false }] of Object.entries(
    CHANGES,
  )) {
    const row = table[name];
    if (unless(matrix, family)) {
      row.leftOut++;
      continue;
    }
    const changed = change(matrix, createRng(deriveSeed(Number(values.seed) + 1, k)));
    const after = judge(changed, changed.storage ?? drawn.storage);
    if (mayFill && after.phase !== before.phase && fills(before, matrix, changed)) {
      row.filled++;
      continue;
    }
    row.matrices++;
    const moved = Math.abs(after.confidence - before.confidence);
    row.largest = Math.max(row.largest, moved);
    if (exact && moved > 1e-6) row.moved++;
    if (after.phase === before.phase) continue;
    row.flips++;
    const confident = Math.min(after.confidence, before.confidence) > CONFIDENT;
    if (confident) row.confident++;
    if (values.flips || confident) {
      console.log(
        `${name}: ${before.phase} ${before.confidence.toFixed(3)} -> ${after.phase} ` +
          `${after.confidence.toFixed(3)}: ${k} ${family.name} ${drawn.N}x${drawn.M} ${drawn.storage.dtype}`,
      );
    }
  }
}
console.log(`\n${"change".padEnd(27)} matrices  flips  both > ${CONFIDENT}  confidence off by > 1e-6  most   left out`);
for (const [name, { matrices, flips, confident, moved, largest, leftOut, filled }] of Object.entries(table)) {
  console.log(
    `${name.padEnd(27)} ${String(matrices).padStart(8)} ${String(flips).padStart(6)} ` +
      `${String(confident).padStart(11)} ${(CHANGES[name].exact ? String(moved) : "-").padStart(25)}  ` +
      `${largest.toExponential(0)}   ` +
      `${leftOut + filled}${filled > 0 ? ` (${filled} collapses filled)` : ""}`,
  );
}
