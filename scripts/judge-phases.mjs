// Holds the classifier against cached ensembles (scripts/draw-ensembles.mjs): what is accepted by group, size and
// family, confusion, reliability of the confidence. Evidence is computed once per cache and kept beside it; --fresh
// computes it again. Needs a built package.
//   node scripts/judge-phases.mjs --seeds 2 [--wrong] [--families] [--fresh]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2" },
    dist: { type: "string", default: "../dist" },
    minM: { type: "string", default: "0" },
    wrong: { type: "boolean", default: false },
    families: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
  },
});
const { permutationNull } = await import(`${values.dist}/rmt/index.js`);
const { classifyPhase, diagnose, PHASE_NAMES } = await import(`${values.dist}/phases/index.js`);
const { entryObjection, liveShape } = await import(`${values.dist}/phases/live-shape.js`);
const { GROUPS } = await import(`${values.dist}/phases/ensembles/index.js`);

const numbers = (text) => {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

function evidenceOf(row) {
  const eigenvalues = numbers(row.eigenvalues);
  const { N, M, entries, floor } = row;
  const spectrum = {
    eigenvalues,
    slices: [eigenvalues],
    N,
    M,
    Q: N / M,
    rf: 1,
    resolvedFloor: floor,
    unresolved: 0,
    route: row.route,
    precision: "f64",
    entries,
  };
  const { evidence, alphaReason } = diagnose(spectrum, row, permutedNull(row, entries, eigenvalues));
  const { k, family, group, accepted, dtype, storedBits } = row;
  return { k, family, group, accepted, N, M, dtype, storedBits, evidence, alphaValid: alphaReason === null };
}

/** As analysis/permuted-null.ts decides: masks whose kurtosis is beyond the tests. */
function permutedNull({ N, M, permuted }, entries, eigenvalues) {
  if (permuted === undefined || permuted.length === 0) return null;
  const spectrum = { N, M, entries };
  const live = liveShape(spectrum);
  const masked = 1 - (entries.count - entries.zeros) / (live.N * live.M);
  if (masked < 0.2 || entryObjection(spectrum, live) === null) return null;
  // Dead columns stay dead: their eigenvalues are zero, whether they were kept or not.
  const spectra = permuted.map((text) => {
    const spectrum = new Float64Array(M);
    const kept = numbers(text);
    spectrum.set(kept, M - kept.length);
    return spectrum;
  });
  return permutationNull(eigenvalues, spectra);
}

function load(seed) {
  const cache = `.cache/ensembles/${seed}.ndjson`;
  const kept = `.cache/ensembles/${seed}.evidence.json`;
  if (existsSync(kept) && !values.fresh) return JSON.parse(readFileSync(kept, "utf8"));
  const rows = readFileSync(cache, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => evidenceOf(JSON.parse(line)));
  writeFileSync(kept, JSON.stringify(rows));
  return rows;
}

const rows = values.seeds
  .split(",")
  .flatMap(load)
  .filter(({ M }) => M >= Number(values.minM))
  .map((row) => {
    const decision = classifyPhase(row.evidence, { size: row.M, alphaReason: () => null });
    return { ...row, ...decision, right: row.accepted.includes(decision.phase) };
  });

const percent = (part, whole) => (whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`);
const share = (list, test) => `${percent(list.filter(test).length, list.length)} of ${list.length}`;
const right = ({ right }) => right;
const withPhase = rows.filter(({ group }) => group !== "none");
const none = rows.filter(({ group }) => group === "none");

console.log(
  `accepted, M >= 64: ${share(
    withPhase.filter(({ M }) => M >= 64),
    right,
  )}; all: ${share(withPhase, right)}`,
);
const random = withPhase.filter(({ accepted }) => accepted.length === 1 && accepted[0] === "random-like");
console.log(`random-like called anything else: ${share(random, ({ right }) => !right)}`);
console.log(
  `errors at a confidence above 0.9: ${share(withPhase, ({ right, confidence }) => !right && confidence > 0.9)}`,
);
console.log(
  "none of them: a name that is not accepted at > 0.8: " +
    `${share(none, ({ right, confidence }) => !right && confidence > 0.8)}`,
);
console.log(
  "none of them: any name at > 0.8: " +
    `${share(none, ({ phase, confidence }) => phase !== "undecided" && confidence > 0.8)}`,
);
console.log(
  `AUC of confidence for being accepted: ${auc(rows).toFixed(3)}; with a phase: ${auc(withPhase).toFixed(3)}`,
);

function auc(list) {
  const order = [...list].sort((a, b) => a.confidence - b.confidence);
  let [rank, sum, hits] = [0, 0, 0];
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j < order.length && order[j].confidence === order[i].confidence) j++;
    for (let t = i; t < j; t++)
      if (order[t].right) {
        sum += (i + j - 1) / 2;
        hits++;
      }
    i = j;
    rank = j;
  }
  return (sum - (hits * (hits - 1)) / 2) / (hits * (rank - hits));
}

console.log("\nconfidence     matrices  mean    accepted");
const bounds = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0001];
for (let b = 0; b < bounds.length - 1; b++) {
  const bin = rows.filter(({ confidence }) => confidence >= bounds[b] && confidence < bounds[b + 1]);
  const mean = bin.reduce((sum, { confidence }) => sum + confidence, 0) / bin.length;
  console.log(
    `${bounds[b].toFixed(2)} - ${Math.min(1, bounds[b + 1]).toFixed(2)}   ` +
      `${String(bin.length).padStart(6)}  ${mean.toFixed(3)}   ` +
      `${percent(bin.filter(right).length, bin.length)}`,
  );
}

console.log(`\n${"group \\ named".padEnd(14)}${PHASE_NAMES.map((name) => name.padStart(14)).join("")}   accepted`);
for (const group of GROUPS) {
  const list = rows.filter((row) => row.group === group);
  const counts = PHASE_NAMES.map((name) => String(list.filter(({ phase }) => phase === name).length).padStart(14));
  console.log(`${group.padEnd(14)}${counts.join("")}   ${percent(list.filter(right).length, list.length)}`);
}
for (const [low, high] of [
  [32, 64],
  [64, 128],
  [128, 256],
  [256, 512],
  [512, 4000],
]) {
  console.log(
    `M ${low} to ${high}: ${share(
      withPhase.filter(({ M }) => M >= low && M < high),
      right,
    )}`,
  );
}
for (const [low, high] of [
  [1, 1.001],
  [1.001, 3],
  [3, 10],
  [10, 50],
]) {
  console.log(
    `Q ${low} to ${high}: ${share(
      withPhase.filter(({ N, M }) => N / M >= low && N / M < high),
      right,
    )}`,
  );
}
if (values.families) {
  for (const family of new Set(rows.map(({ family }) => family))) {
    const list = rows.filter((row) => row.family === family);
    const named = PHASE_NAMES.map((name) => [name, list.filter(({ phase }) => phase === name).length]).filter(
      ([, n]) => n > 0,
    );
    console.log(
      `${list[0].group}: ${family}: ${percent(list.filter(right).length, list.length)} of ${list.length} ` +
        `(${named.map(([name, n]) => `${name} ${n}`).join(", ")})`,
    );
  }
}
if (values.wrong) {
  for (const { family, N, M, dtype, phase, confidence, evidence, accepted, path } of rows
    .filter(({ right }) => !right)
    .sort((a, b) => b.confidence - a.confidence)) {
    const { question, value } = path[path.length - 1] ?? {};
    const e = (name) => (evidence[name] === null ? "-" : Number(evidence[name].toPrecision(3)));
    console.log(
      `${confidence.toFixed(2)} ${phase} <- ${family} [${accepted.join("|")}] ${N}x${M} ${dtype} ` +
        `${question}=${value?.toPrecision(3)} mis ${e("visible_misfit")} sp ${e("spikes")} soft ` +
        `${e("mp_soft_rank")} xi ${e("tail_index")}+-${e("tail_index_se")} ex ${e("tail_index_excess")} w ` +
        `${e("relative_width")} jump ${e("jump_decades")} trail ${e("trailing_decades")} zero ` +
        `${e("zero_fraction")} score ${e("edge_score")}`,
    );
  }
}
