// node scripts/rank-checkpoints.mjs [--folder=FOLDER] [--data=FOLDER] [--seed=1]: trains with the lab on MNIST (3000
// images, perceptrons), ranks what it kept with `eigenscope rank`, with the test accuracies as scores, and prints the
// tables of docs/validation.md. Three questions:
//   one training     25 checkpoints of each of six trainings (b = 32, 4 and 1, two seeds)
//   sizes            four widths of one family, three seeds each, at the end of the training
//   depths           one to four hidden layers, three seeds each, at the end of the training
// Less than ten minutes of one core. Needs a built package and MNIST ("eigenscope lab data fetch mnist", or --data).
// What is trained stays in the folder: the same command goes on from there.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const given = (name, otherwise) =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise;
const FOLDER = given("folder", join(tmpdir(), "eigenscope-rank-checkpoints"));
const SEED = Number(given("seed", "1"));
const DATA = given("data", undefined);

const RECIPE = {
  data: { set: "mnist", train: 3000, test: 2000, preprocessing: "channel-standardised" },
  loss: "cross-entropy",
  rate: 0.001,
  momentum: 0.9,
};
const EVERY_EPOCH = Array.from({ length: 25 }, (_, epoch) => epoch);

/** Dense layers of these widths between the 784 pixels and the ten classes. */
function perceptron(name, widths) {
  const dense = [...widths, 10].map((units, k) => ({
    type: "dense",
    name: `fc${k + 1}`,
    units,
    activation: k === widths.length ? "linear" : "relu",
    initialisation: "glorot-normal",
  }));
  return { name, input: { height: 28, width: 28, channels: 1 }, layers: [{ type: "flatten" }, ...dense] };
}

/** Trains an experiment, or finds that it is done, and returns the checkpoints with their test accuracies. */
function train(name, experiment) {
  const file = join(FOLDER, `${name}.json`);
  const runs = join(FOLDER, name);
  writeFileSync(file, `${JSON.stringify({ name, ...RECIPE, ...experiment }, null, 2)}\n`);
  command([
    "lab",
    "sweep",
    file,
    "--output",
    runs,
    "--jobs",
    "1",
    "-q",
    ...(DATA === undefined ? [] : ["--data", DATA]),
  ]);
  return readdirSync(join(runs, "runs")).flatMap((run) => {
    const folder = join(runs, "runs", run);
    const records = readFileSync(join(folder, "epochs.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return records
      .filter(({ test }) => test !== null)
      .map(({ epoch, test }) => ({
        run,
        epoch,
        path: join(folder, "checkpoints", `epoch-${String(epoch).padStart(5, "0")}.safetensors`),
        score: test.accuracy,
      }));
  });
}

function command(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`eigenscope ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

mkdirSync(FOLDER, { recursive: true });
const training = train("training", {
  network: perceptron("784-256-256-10", [256, 256]),
  epochs: 24,
  record: EVERY_EPOCH,
  axes: { batch: [32, 4, 1], seed: [SEED, SEED + 1] },
});
const seeds = [SEED, SEED + 1, SEED + 2];
const last = { epochs: 15, record: [15], batch: 1, axes: { seed: seeds } };
const sizes = [32, 64, 128, 256].flatMap((width) =>
  train(`width-${width}`, { network: perceptron(`784-${width}-${width}-10`, [width, width]), ...last }),
);
const depths = [1, 2, 3, 4].flatMap((depth) =>
  train(`depth-${depth}`, { network: perceptron(`${depth} hidden layers of 96`, Array(depth).fill(96)), ...last }),
);

/** The columns of the tables: means of these, over all layers and over those with a valid alpha. */
const COLUMNS = ["alpha", "alpha_weighted", "log_alpha_norm", "log_norm", "log_spectral_norm"];
const SHAPES = ["tail_index", "stable_rank", "mp_soft_rank"];
const ROWS = [
  ...COLUMNS.flatMap((column) => [
    { column, statistic: "mean", over: "all" },
    { column, statistic: "mean", over: "valid" },
  ]),
  ...SHAPES.map((column) => ({ column, statistic: "mean", over: "all" })),
  { column: "random-like", statistic: "share", over: "all" },
];

/** Ranks models with their test accuracies as scores. */
function rank(name, models) {
  const scores = join(FOLDER, `${name}.csv`);
  writeFileSync(scores, `name,score\n${models.map(({ path, score }) => `${path},${score}\n`).join("")}`);
  return JSON.parse(command(["rank", ...models.map(({ path }) => path), "--scores", scores, "--json", "-", "-q"]));
}

const interval = ({ spearman, spearman_low: low, spearman_high: high, p_any }) =>
  spearman === null
    ? "n/a"
    : `${spearman.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})${p_any !== null && p_any < 0.05 ? "*" : ""}`;

/** One table: a column per ranking, Spearman's rho with its interval per row. */
function print(title, rankings) {
  console.log(`\n${title}\n`);
  const line = (cells) => console.log(`| ${cells.join(" | ")} |`);
  line(["mean of", "over", ...Object.keys(rankings)]);
  line(["---", "---", ...Object.keys(rankings).map(() => "---")]);
  for (const wanted of ROWS) {
    const same = (row) => ["column", "statistic", "over"].every((key) => row[key] === wanted[key]);
    const cells = Object.values(rankings).map(({ correlations }) => interval(correlations.find(same)));
    const what = wanted.statistic === "share" ? "share of random-like layers" : `\`${wanted.column}\``;
    line([what, wanted.over, ...cells]);
  }
  console.log();
  for (const [name, { models, chance_bound: bound, comparable, correlations }] of Object.entries(rankings)) {
    const [best] = correlations
      .filter(({ spearman }) => spearman !== null)
      .sort((a, b) => Math.abs(b.spearman) - Math.abs(a.spearman));
    const scores = models.map(({ score }) => score);
    console.log(
      `${name}: ${models.length} models, ${comparable.relation}, accuracies ${Math.min(...scores).toFixed(3)} to ` +
        `${Math.max(...scores).toFixed(3)}; the best of all numbers reaches ${bound?.toFixed(2)} by chance; the best ` +
        `here is ${best?.statistic} ${best?.column}, ${best?.over}: ${best?.spearman.toFixed(2)}`,
    );
  }
}

const runs = [...new Set(training.map(({ run }) => run))];
const ofRuns = (from) =>
  Object.fromEntries(
    runs.map((run) => {
      const models = training.filter((model) => model.run === run && model.epoch >= from);
      return [run, rank(`${run}-from-${from}`, models)];
    }),
  );
const whole = ofRuns(0);
print("Every epoch of one training, the initial weights included", whole);
print("The same from epoch 5 on", ofRuns(5));
const across = {
  "six trainings at their end": rank(
    "ends",
    training.filter(({ epoch }) => epoch === 24),
  ),
  "four widths": rank("sizes", sizes),
  "one to four hidden layers": rank("depths", depths),
};
print("Across models", across);
console.log("\nGroups and warnings");
for (const [name, { groups, warnings }] of Object.entries({ ...across, ...whole })) {
  console.log(`${name}: ${groups.map(({ group, models }) => `${group} ${models.length}`).join(", ")}`);
  for (const warning of warnings) console.log(`  ${warning}`);
}
