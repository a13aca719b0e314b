// Holds what is said of a tail against data whose truth is known: coverage of the intervals of the tail index and of
// alpha, size and power of the decision that a tail is a power law, and coverage of the index of spectra about its
// median over seeds (docs/decisions/0018 has the table). Needs a built package: npm run build && nice -n 10 node
// scripts/validate-tail-inference.mjs [--draws 5000] [--what index,alpha,power,spectra]
import { parseArgs } from "node:util";
import { createRng, normalSampler } from "../dist/numeric/index.js";
import { withColumnVariances } from "../dist/rmt/index.js";
import { createEngine } from "../dist/spectra/index.js";
import { alphaInterval, bootstrapPowerLaw, fitPowerLaw, judgeTail, tailIndex } from "../dist/tails/index.js";

const { values } = parseArgs({
  options: {
    draws: { type: "string", default: "5000" },
    what: { type: "string", default: "index,alpha,power,spectra" },
    bootstrap: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
  },
});
const draws = Number(values.draws);
const seed = Number(values.seed);
const percent = (count, of = draws) => `${((100 * count) / of).toFixed(1)}`;
const median = (list) => Float64Array.from(list).sort()[list.length >> 1];
const gpd = (xi) => (rng) => (xi === 0 ? -Math.log(1 - rng()) : Math.expm1(-xi * Math.log(1 - rng())) / xi);
const pareto = (alpha) => (rng) => (1 - rng()) ** (-1 / (alpha - 1));
const sampleOf = (n, draw, rng) => Float64Array.from({ length: n }, () => draw(rng)).sort();

if (values.what.includes("index")) {
  console.log(`tail index: coverage of the 95 % interval in %, (below, above), median; ${draws} draws of 5 k values`);
  for (const k of [20, 100, 300, 1000]) {
    const cells = [
      ["Pareto alpha 3 (0.5)", 0.5, pareto(3)],
      ["Pareto alpha 2 (1)", 1, pareto(2)],
      ...[-0.5, 0, 0.5, 1].map((xi) => [`GPD ${xi}`, xi, gpd(xi)]),
    ].map(([name, truth, law], i) => {
      const rng = createRng(seed + 1000 * i + k);
      let [below, above] = [0, 0];
      const found = [];
      for (let r = 0; r < draws; r++) {
        const { xi, low, high } = tailIndex(sampleOf(5 * k, law, rng), { k, independent: true });
        found.push(xi);
        if (low > truth) above++;
        if (high < truth) below++;
      }
      return (
        `${name}: ${percent(draws - below - above)} (${percent(below)}, ${percent(above)}) ` +
        `${median(found).toFixed(3)}`
      );
    });
    console.log(`k ${k}  ${cells.join("  ")}`);
  }
}

if (values.what.includes("alpha")) {
  console.log(
    "alpha 2.5, xmin fitted: coverage in % of the interval, of alpha +- 1.96 sigma, and of the " +
      `bootstrap's (${values.bootstrap} draws)`,
  );
  const hump = (rng) => Math.exp(-1.5 * Math.abs(rng() + rng() + rng() - 1.5));
  for (const [kind, below] of [
    ["nothing below xmin", 0],
    ["as many values in a hump below xmin", 1],
  ]) {
    for (const n of [20, 100, 300, 1000]) {
      const rng = createRng(seed + n);
      let [covers, naive, resampled] = [0, 0, 0];
      for (let r = 0; r < draws; r++) {
        const data = [...sampleOf(n, pareto(2.5), rng), ...sampleOf(below * n, hump, rng)];
        const x = Float64Array.from(data).sort();
        const fit = fitPowerLaw(x);
        const { low, high } = alphaInterval(fit);
        if (low <= 2.5 && 2.5 <= high) covers++;
        if (Math.abs(fit.alpha - 2.5) <= 1.959964 * fit.sigma) naive++;
        if (r < Number(values.bootstrap)) {
          const { alpha } = bootstrapPowerLaw(x, fit, { seed: seed + r, replicates: 200 });
          if (alpha.low <= 2.5 && 2.5 <= alpha.high) resampled++;
        }
      }
      const boot = Number(values.bootstrap) > 0 ? `, ${percent(resampled, Number(values.bootstrap))}` : "";
      console.log(`${kind}, ${n} in the tail: ${percent(covers)}, ${percent(naive)}${boot}`);
    }
  }
}

if (values.what.includes("power")) {
  const repetitions = Math.min(draws, 1000);
  console.log(
    `decision on independent values, in % of ${repetitions}: alpha valid; best_law PL / EXP / a law of ` +
      "two parameters / not decided",
  );
  const laws = {
    "Pareto alpha 2": pareto(2),
    "Pareto alpha 2.5": pareto(2.5),
    "Pareto alpha 4": pareto(4),
    exponential: gpd(0),
    "lognormal(1)": (rng) => Math.exp(normalSampler(rng)()),
  };
  for (const [name, law] of Object.entries(laws)) {
    const cells = [32, 64, 100, 300, 1000].map((n) => {
      const rng = createRng(seed + n);
      let valid = 0;
      const named = { PL: 0, EXP: 0, bent: 0, "not decided": 0 };
      for (let r = 0; r < repetitions; r++) {
        const { alphaValid, bestLaw } = judgeTail(sampleOf(n, law, rng), { independent: true });
        if (alphaValid) valid++;
        named[bestLaw in named ? bestLaw : "bent"]++;
      }
      return `n ${n}: ${percent(valid, repetitions)}; ${Object.values(named)
        .map((count) => percent(count, repetitions))
        .join(" / ")}`;
    });
    console.log(`${name.padEnd(17)} ${cells.join("   ")}`);
  }
}

if (values.what.includes("spectra")) {
  const engine = createEngine("wasm");
  const seeds = 100;
  console.log(
    `spectra, ${seeds} seeds, M = 128 and Q = 2: median index, spread, mean half-width/1.96, % of ` +
      "intervals that cover the median; % alpha valid",
  );
  const populations = {
    "identity (a bulk)": () => 1,
    "uniform on 0.2 to 1.8": (rng) => 0.2 + 1.6 * rng(),
    "1 + Exp(3) on 40 %": (rng) => (rng() < 0.4 ? 1 - 3 * Math.log(1 - rng()) : 1),
    exponential: gpd(0),
    "lognormal(1)": (rng) => Math.exp(normalSampler(rng)()),
    "power law 4": pareto(4),
    "power law 3": pareto(3),
    "power law 2": pareto(2),
  };
  for (const [name, variance] of Object.entries(populations)) {
    const rng = createRng(seed);
    const found = Array.from({ length: seeds }, () => {
      const shape = { N: 256, M: 128 };
      const variances = Float64Array.from({ length: 128 }, () => variance(rng));
      const task = engine.begin({ count: 1, rows: 256, cols: 128 });
      task.push(withColumnVariances(shape, variances, rng));
      return judgeTail(task.finish().eigenvalues);
    });
    const indices = found.map(({ index }) => index);
    const centre = median(indices.map(({ xi }) => xi));
    const sorted = Float64Array.from(indices, ({ xi }) => xi).sort();
    const spread = (sorted[84] - sorted[15]) / 2;
    const half = indices.reduce((sum, { low, high }) => sum + (high - low) / 2 / 1.96, 0) / seeds;
    const covering = indices.filter(({ low, high }) => low <= centre && centre <= high).length;
    const valid = found.filter(({ alphaValid }) => alphaValid).length;
    console.log(
      `${name.padEnd(22)} ${centre.toFixed(2)} +- ${spread.toFixed(2)}  ${half.toFixed(2)}  ${covering} %  ${valid} %`,
    );
  }
}
