// Holds the uncertainty of the power-law fit against data whose truth is known: how often the interval of alpha covers
// it, and whether the goodness-of-fit p-value is uniform under the null (--what uniformity: xmin looked for; --what
// given: xmin known). Three kinds of data, all with an exact Pareto tail: "pure" (nothing below xmin), "body" (half of
// the values in a hump that ends below xmin), "smooth" ([CSN09] eq. 3.10: the density and its slope go over into the
// power law at xmin). Needs a built package: npm run build && nice -n 10 node scripts/calibrate-tail-coverage.mjs
// --what coverage --kinds pure,body --n 200,1000 --repetitions 1000
import { parseArgs } from "node:util";
import { createRng, deriveSeed } from "../dist/numeric/index.js";
import { bootstrapPowerLaw, fitPowerLaw, powerLawGoodness, powerLawGoodnessAbove } from "../dist/tails/index.js";

const { values } = parseArgs({
  options: {
    what: { type: "string", default: "coverage,uniformity" },
    kinds: { type: "string", default: "pure,body" },
    n: { type: "string", default: "200" },
    alphas: { type: "string", default: "2.5" },
    repetitions: { type: "string", default: "400" },
    replicates: { type: "string", default: "200" },
    level: { type: "string", default: "0.95" },
    seed: { type: "string", default: "1" },
  },
});
const repetitions = Number(values.repetitions);
const replicates = Number(values.replicates);

/** One value by kind; xmin = 1. */
const DRAW = {
  pure: (rng, alpha) => (1 - rng()) ** (-1 / (alpha - 1)),
  body: (rng, alpha) => (rng() < 0.5 ? DRAW.pure(rng, alpha) : Math.exp(-1.5 * Math.abs(rng() + rng() + rng() - 1.5))),
  smooth: (rng, alpha) => {
    const below = Math.expm1(alpha) / alpha;
    if (rng() * (below + 1 / (alpha - 1)) >= below) return DRAW.pure(rng, alpha);
    return -Math.log(1 - rng() * -Math.expm1(-alpha)) / alpha;
  },
};

function sample(kind, n, { alpha, seed }) {
  const rng = createRng(seed);
  return Float64Array.from({ length: n }, () => DRAW[kind](rng, alpha)).sort();
}

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
for (const kind of values.kinds.split(",")) {
  for (const n of values.n.split(",").map(Number)) {
    for (const alpha of values.alphas.split(",").map(Number)) {
      const tally = { covers: 0, below: 0, above: 0, naive: 0 };
      const p = [];
      for (let r = 0; r < repetitions; r++) {
        const seed = deriveSeed(Number(values.seed), r);
        const data = sample(kind, n, { alpha, seed });
        if (values.what.includes("coverage")) {
          const fit = fitPowerLaw(data);
          const interval = bootstrapPowerLaw(data, fit, { seed, replicates, level: Number(values.level) }).alpha;
          tally[interval.low > alpha ? "above" : interval.high < alpha ? "below" : "covers"]++;
          if (Math.abs(fit.alpha - alpha) < 1.959964 * fit.sigma) tally.naive++;
        }
        // xmin = 1, known beforehand.
        if (values.what.includes("given")) p.push(powerLawGoodnessAbove(data, 1, { seed, replicates }).p);
        else if (values.what.includes("uniformity")) p.push(powerLawGoodness(data, { seed, replicates }).p);
      }
      const head = `${kind} n ${n} alpha ${alpha}, ${repetitions} repetitions of ${replicates} replicates:`;
      if (values.what.includes("coverage")) {
        console.log(
          `${head} covers ${percent(tally.covers, repetitions)} (too low ` +
            `${percent(tally.below, repetitions)}, too high ${percent(tally.above, repetitions)}); alpha ` +
            `+- 1.96 sigma ${percent(tally.naive, repetitions)}`,
        );
      }
      if (p.length > 0) {
        p.sort((a, b) => a - b);
        const ks = p.reduce((most, value, i) => Math.max(most, value - i / p.length, (i + 1) / p.length - value), 0);
        const rates = [0.01, 0.05, 0.1, 0.25, 0.5, 0.9].map(
          (level) => `${level}: ${percent(p.filter((value) => value <= level).length, p.length)}`,
        );
        console.log(
          `${head} KS of p to uniform ${ks.toFixed(3)} (5 % point ` +
            `${(1.358 / Math.sqrt(p.length)).toFixed(3)}); p at or below ${rates.join(", ")}`,
        );
      }
    }
  }
}
