// Holds the random-matrix tests against what they promise, over seeded repetitions: false spikes at level 1 %, uniform
// p-values of the edge and of the bulk, coverage of the standard error of sigma^2. Needs a built package: npm run build
// && node scripts/validate-statistics.mjs [--draws 5000]
import { parseArgs } from "node:util";
import { createRng } from "../dist/numeric/index.js";
import { bulkGoodness, fitBulk, spiked, testEdge, wishartSpectrum } from "../dist/rmt/index.js";
import { createEngine } from "../dist/spectra/index.js";

const { values } = parseArgs({
  options: { draws: { type: "string", default: "5000" }, seed: { type: "string", default: "1" } },
});
const draws = Number(values.draws);
const SHAPES = [
  { N: 64, M: 32, rf: 1 },
  { N: 100, M: 100, rf: 1 },
  { N: 400, M: 200, rf: 1 },
  { N: 2000, M: 100, rf: 1 },
  { N: 64, M: 32, rf: 9 },
];
const share = (list, condition) => `${((100 * list.filter(condition).length) / list.length).toFixed(2)} %`;
const ks = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted.reduce(
    (most, value, i) => Math.max(most, value - i / sorted.length, (i + 1) / sorted.length - value),
    0,
  );
};

console.log(`pure bulks, ${draws} draws a shape (a fifth where 9 are pooled), seed ${values.seed}`);
console.log(
  "shape            spikes at 1 %   edge p < 5 %   bulk p < 5 %   bulk p < 1 %   KS of edge p   KS of " +
    "bulk p   sigma2 within 1.96 se",
);
for (const { N, M, rf } of SHAPES) {
  const rng = createRng(Number(values.seed));
  const [edgeP, bulkP, spikes, inside] = [[], [], [], []];
  for (let draw = 0; draw < draws / (rf > 1 ? 5 : 1); draw++) {
    const pooled = new Float64Array(M * rf);
    for (let slice = 0; slice < rf; slice++) pooled.set(wishartSpectrum({ N, M }, rng), slice * M);
    const bulk = fitBulk(pooled.sort(), { N, M, rf });
    const edge = testEdge(pooled, bulk, { rf });
    edgeP.push(edge.p);
    spikes.push(edge.spikes);
    bulkP.push(bulkGoodness(bulk, rf).p);
    inside.push(Math.abs(bulk.sigma2 - 1) < 1.96 * bulk.sigma2Se);
  }
  const cells = [
    share(spikes, (k) => k > 0),
    share(edgeP, (p) => p < 0.05),
    share(bulkP, (p) => p < 0.05),
    share(bulkP, (p) => p < 0.01),
    ks(edgeP).toFixed(3),
    ks(bulkP).toFixed(3),
    share(inside, Boolean),
  ];
  console.log(
    `${`${N} x ${M}${rf > 1 ? `, ${rf} pooled` : ""}`.padEnd(17)}${cells.map((cell) => cell.padEnd(15)).join("")}`,
  );
}

console.log(
  "\nplanted signals, twice the critical strength and more: how often the count is too high (false spikes) and too low",
);
const engine = createEngine("wasm");
for (const { N, M, planted } of [
  { N: 400, M: 200, planted: 3 },
  { N: 300, M: 300, planted: 9 },
]) {
  const rng = createRng(Number(values.seed) + 1);
  const found = [];
  for (let draw = 0; draw < Math.min(draws, 1000); draw++) {
    const strengths = Array.from({ length: planted }, (_, k) => (2 + 0.5 * k) * (M / N) ** 0.25);
    const task = engine.begin({ count: 1, rows: N, cols: M });
    task.push(spiked({ N, M }, strengths, rng));
    const { eigenvalues } = task.finish();
    found.push(testEdge(eigenvalues, fitBulk(eigenvalues, { N, M })).spikes);
  }
  console.log(
    `${N} x ${M}, ${planted} planted: ${share(found, (k) => k > planted)} too many, ` +
      `${share(found, (k) => k < planted)} too few`,
  );
}
