// How often a group of equal random experts has a false outlier, and how small a planted difference is found: for the
// threshold of src/analysis/groups/outlier-scores.ts (decision 26). First with logarithms drawn from two laws, then
// with random matrices that go through the pipeline. Needs a built package: npm run build && nice -n 15 node
// scripts/calibrate-group-outliers.mjs --seed 1 --groups 4000 --matrices 2000
import { parseArgs } from "node:util";
import { GROUP_STATISTICS } from "../dist/analysis/groups/layer-group.js";
import { memberScores, outlierScore } from "../dist/analysis/groups/outlier-scores.js";
import { measureLayer } from "../dist/analysis/measure-layer.js";
import { createRng, deriveSeed, normalSampler } from "../dist/numeric/index.js";
import { createEngine, poolSpectrum } from "../dist/spectra/index.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    groups: { type: "string", default: "4000" },
    matrices: { type: "string", default: "2000" },
    rows: { type: "string", default: "96" },
    cols: { type: "string", default: "48" },
  },
});
const [seed, groups, matrices, rows, cols] = [
  ...[values.seed, values.groups, values.matrices],
  ...[values.rows, values.cols],
].map(Number);

/** Members per block, and blocks. */
const SHAPES = [
  [4, 2],
  [4, 32],
  [8, 1],
  [8, 4],
  [8, 32],
  [16, 12],
  [64, 1],
  [64, 12],
  [128, 48],
  [256, 61],
];
const percent = (share) => `${(100 * share).toFixed(2)} %`;

/** Share of groups of this shape in which `draw` gives a member beyond the threshold. */
function falseShare(draw, [members, blocks], count) {
  let found = 0;
  for (let group = 0; group < count; group++) {
    const grid = Array.from({ length: blocks }, () => Array.from({ length: members }, () => 10 ** (0.1 * draw())));
    const least = outlierScore(members * blocks);
    if (memberScores(grid).some(({ score }) => Math.abs(score) > least)) found++;
  }
  return found / count;
}

const rng = createRng(seed);
const normal = normalSampler(rng);
const gumbel = () => -Math.log(-Math.log(rng() || 0.5));
console.log("members x blocks: groups with a false outlier, logarithms with an exponential tail, and Gaussian ones");
for (const shape of SHAPES) {
  const count = Math.max(200, Math.min(groups, Math.round(1e7 / (shape[0] * shape[1]))));
  const shares = [gumbel, normal].map((draw) => percent(falseShare(draw, shape, count)));
  console.log(`${shape.join(" x ")}: ${shares.join(", ")} of ${count}`);
}

/** Laws of the matrices: independent entries, light and heavy, and a power law of singular values in noise. */
const LAWS = {
  gaussian: ({ gauss }) => Float64Array.from({ length: rows * cols }, gauss),
  "pareto, mu = 3": ({ random }) =>
    Float64Array.from({ length: rows * cols }, () => (random() < 0.5 ? -1 : 1) * (1 - random()) ** (-1 / 3)),
  trained: ({ gauss }) => {
    const W = Float64Array.from({ length: rows * cols }, () => 0.2 * gauss());
    for (let k = 1; k <= cols; k++) {
      const [a, b] = [rows, cols].map((length) => Float64Array.from({ length }, gauss));
      const size = 3 * k ** -0.9 * Math.sqrt(1 / rows);
      for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) W[i * cols + j] += size * a[i] * b[j];
    }
    return W;
  },
};
const engine = await createEngine("wasm");
const [N, M] = [Math.max(rows, cols), Math.min(rows, cols)];

function measured(W) {
  const shape = { count: 1, rows, cols };
  const task = engine.begin(shape);
  task.push(W);
  const layer = {
    ...{ index: 0, name: "w", tensorName: "w", type: "dense", shape: [rows, cols], dtype: "F64", storedBits: 64 },
    ...{
      quantised: false,
      N,
      M,
      Q: N / M,
      rf: 1,
      transposed: rows < cols,
      eigenvalueScale: 1,
      tiedWith: [],
      notes: [],
    },
    ...{ block: null, role: null, family: "w", source: shape },
  };
  const { record } = measureLayer(layer, poolSpectrum(shape, task.finish()));
  return { ...record, alpha: record.alpha_valid ? record.alpha : null };
}

for (const [law, draw] of Object.entries(LAWS)) {
  const own = createRng(deriveSeed(seed, law.length));
  const gauss = normalSampler(own);
  const records = Array.from({ length: matrices }, () => measured(draw({ random: own, gauss })));
  console.log(`${law}: ${matrices} matrices of ${rows} x ${cols}; groups of them with a false outlier`);
  for (const [members, blocks] of [
    [8, 1],
    [8, 12],
    [64, 4],
  ]) {
    const shares = GROUP_STATISTICS.map((statistic) => {
      let found = 0;
      for (let group = 0; group < groups; group++) {
        const grid = Array.from({ length: blocks }, () =>
          Array.from({ length: members }, () => records[Math.floor(own() * matrices)][statistic]),
        );
        if (memberScores(grid).some(({ score }) => Math.abs(score) > outlierScore(members * blocks))) found++;
      }
      return `${statistic} ${percent(found / groups)}`;
    });
    console.log(`  ${members} x ${blocks}: ${shares.join(", ")}`);
  }
  const smallest = GROUP_STATISTICS.map((statistic) => {
    const grid = [records.slice(0, 512).map((record) => record[statistic])];
    const scores = memberScores(grid);
    if (scores.length === 0) return `${statistic} n/a`;
    const k = scores.findIndex(({ score }) => Math.abs(score) > 0.5);
    const deviation = Math.log10(grid[0][scores[k].column] / scores[k].median) / scores[k].score;
    return `${statistic} x ${(10 ** (10 * deviation)).toPrecision(3)}`;
  });
  console.log(`  a factor of 10 deviations: ${smallest.join(", ")}`);
}
