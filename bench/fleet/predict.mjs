// Whether the simulation predicts a real fleet on this machine:
//   node bench/fleet/predict.mjs [--rounds 3] [--parameters bench/fleet/parameters.json]
// Models of other sizes than those of the parameters, by 1, 2 and 4 workers of one thread each, in turn. Prints a line
// per number of workers: median seconds measured, predicted, and the error. Ends with 1 if one is over 15 %. Takes
// about two minutes; run it on a quiet machine, after parameters.mjs on the same one.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { operations } from "../measure.mjs";
import { median } from "../processes.mjs";
import { simulateFleet } from "./fleet-model.mjs";
import { withFleet } from "./local-fleet.mjs";

const WORKERS = [1, 2, 4];
const MAX_ERROR = 0.15;
const MODELS = 3;
/** Rows, columns, and how many layers. */
const SHAPES = [
  [1400, 1400, 4],
  [2000, 800, 8],
  [700, 700, 20],
  [400, 300, 40],
  [96, 64, 150],
];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    parameters: { type: "string", default: fileURLToPath(new URL("parameters.json", import.meta.url)) },
  },
});
const parameters = JSON.parse(readFileSync(values.parameters, "utf8"));
const shapes = SHAPES.flatMap(([rows, cols, count]) => Array(count).fill([rows, cols]));
const models = Array(MODELS).fill(
  shapes.map((shape) => ({ work: operations(...shape), eigenvalues: Math.min(...shape) })),
);

const measured = await withFleet(async (fleet) => {
  const source = fleet.write("models", Array(MODELS).fill(shapes));
  const times = new Map(WORKERS.map((workers) => [workers, /** @type {number[]} */ ([])]));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const workers of WORKERS) {
      await fleet.submit(source, `run-${round}-${workers}`);
      times.get(workers).push((await fleet.work(workers)).seconds);
    }
  return times;
});
const cores = availableParallelism();
console.log(`${parameters.machine}\nworkers  measured s  predicted s  error`);
for (const workers of WORKERS) {
  const real = median(measured.get(workers));
  const { seconds } = simulateFleet({ parameters, fleet: { workers, cores }, models });
  const error = seconds / real - 1;
  if (!(Math.abs(error) <= MAX_ERROR)) process.exitCode = 1;
  const row = [real.toFixed(2).padStart(18), seconds.toFixed(2).padStart(11), `${(100 * error).toFixed(1)} %`];
  console.log(`${workers}${row.join("  ")}`);
}
