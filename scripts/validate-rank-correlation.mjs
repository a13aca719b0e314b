// node scripts/validate-rank-correlation.mjs [--draws=20000] [--seed=1]: how often the intervals of `eigenscope rank`
// cover the truth, and how close its p-value beyond nine models is to a counted one. Pairs are normal with correlation
// r; Spearman's and Kendall's population values are then (6/pi) asin(r/2) and (2/pi) asin(r). docs/validation.md has
// the result. Needs a built package.
import {
  createRng,
  kendallInterval,
  kendallTauB,
  midranks,
  normalSampler,
  permutationP,
  shuffleInPlace,
  spearman,
  spearmanInterval,
} from "../dist/numeric/index.js";

const given = (name, otherwise) =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise;
const DRAWS = Number(given("draws", "20000"));
const rng = createRng(Number(given("seed", "1")));
const normal = normalSampler(rng);

const pairs = (n, r, grid) => {
  const x = Array.from({ length: n }, normal);
  const y = x.map((value) => r * value + Math.sqrt(1 - r * r) * normal());
  // Ties: values on a grid, as accuracies of few test images are.
  return grid === undefined ? [x, y] : [x, y.map((value) => Math.round(value / grid))];
};

/** Without ties Spearman's and Kendall's values are known; with ties they are those of one large sample. */
const truths = new Map();
function truthOf(r, grid) {
  if (grid === undefined) return { spearman: (6 / Math.PI) * Math.asin(r / 2), kendall: (2 / Math.PI) * Math.asin(r) };
  if (!truths.has(r)) {
    const [x, y] = pairs(10_000, r, grid);
    truths.set(r, { spearman: spearman(x, y), kendall: kendallTauB(x, y) });
  }
  return truths.get(r);
}

console.log("coverage of the 95 % intervals (per cent); in brackets: y rounded to half a standard deviation");
console.log("   n    r   Spearman        Kendall");
for (const n of [4, 5, 6, 8, 12, 27, 100]) {
  for (const r of [0, 0.5, 0.8, 0.95]) {
    const cells = [undefined, 0.5].map((grid) => {
      const truth = truthOf(r, grid);
      const covered = { spearman: 0, kendall: 0, draws: 0 };
      for (let draw = 0; draw < (n === 100 ? DRAWS / 10 : DRAWS); draw++) {
        const [x, y] = pairs(n, r, grid);
        const [rho, tau] = [spearman(x, y), kendallTauB(x, y)];
        if (rho === null) continue;
        covered.draws++;
        for (const [name, { low, high }] of [
          ["spearman", spearmanInterval(rho, n)],
          ["kendall", kendallInterval(tau, n)],
        ])
          if (truth[name] >= low && truth[name] <= high) covered[name]++;
      }
      return covered;
    });
    const text = (name) =>
      `${cells.map((cell) => ((100 * cell[name]) / cell.draws).toFixed(1).padStart(5)).join(" (")})`;
    console.log(`${String(n).padStart(4)} ${r.toFixed(2)}   ${text("spearman")}   ${text("kendall")}`);
  }
}

console.log("\np beyond nine pairs against two million random orders (standard error at most 0.0004)");
console.log("   n   ties   |rho|   p        counted");
for (const n of [10, 12, 20, 40]) {
  for (const ties of [false, true]) {
    // Ties of two, and of half of the values: as accuracies of few images, and a share that is often 0.
    const x = midranks(Array.from({ length: n }, (_, i) => (ties ? Math.max(n / 2, 2 * Math.floor(i / 2)) : i)));
    const target = ties ? 1.9 : 2;
    const draw = x.slice();
    const observed = (target / Math.sqrt(n - 1)) * 0.98;
    let [y, best] = [undefined, Number.POSITIVE_INFINITY];
    // An order whose rho is near two standard deviations.
    for (let k = 0; k < 20_000; k++) {
      shuffleInPlace(draw, rng);
      const distance = Math.abs(Math.abs(spearman(x, draw)) - observed);
      if (distance < best) [y, best] = [draw.slice(), distance];
    }
    const rho = Math.abs(spearman(x, y));
    const other = y.slice();
    const mean = (n + 1) / 2;
    const norm = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    let extreme = 0;
    const orders = 2e6;
    for (let k = 0; k < orders; k++) {
      shuffleInPlace(other, rng);
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (x[i] - mean) * (other[i] - mean);
      if (Math.abs(sum) / norm >= rho - 1e-12) extreme++;
    }
    console.log(
      `${String(n).padStart(4)}   ${ties ? "yes " : "no  "}   ${rho.toFixed(3)}   ${permutationP(x, y).toFixed(4)}   ` +
        (extreme / orders).toFixed(4),
    );
  }
}
