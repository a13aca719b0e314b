// node scripts/rank-checkpoints.mjs [--folder=FOLDER] [--data=FOLDER] [--seed=1]: trains with the lab on MNIST (3000
// images, perceptrons), ranks what it kept with `eigenscope rank`, with the test accuracies as scores, and prints the
// tables of docs/validation.md. Three questions:
//   one training     25 checkpoints of each of six trainings (b = 32, 4 and 1, two seeds)
//   sizes            four widths of one family, three seeds each, at the end of the training
//   depths           one to four hidden layers, three seeds each, at the end of the training
// Some ten minutes of one core. Needs a built package and MNIST ("eigenscope lab data fetch mnist", or --data). What is
// trained stays in the folder: the same command goes on from there.
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
console.log(training.length, sizes.length, depths.length);
