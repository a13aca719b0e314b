// What a fleet would take for very many models, and what breaks first (docs/scale.md):
//   node bench/fleet/scale.mjs [--parameters bench/fleet/parameters.json] [--json]
// Simulates a sample of the models of a hub at several sizes of fleet. The machine's parameters are measured
// (parameters.mjs); what models and machines there are is assumed, and stands in this file. Takes about a minute.
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { operations } from "../measure.mjs";
import { simulateFleet } from "./fleet-model.mjs";

/**
 * Assumed: the models of a hub, as shares. A model has blocks of four square and two wide matrices, a few small ones
 * besides, and its embedding. Widths are those of common language models.
 */
const KINDS = [
  { share: 0.35, width: 384, blocks: 6 },
  { share: 0.35, width: 768, blocks: 12 },
  { share: 0.15, width: 1024, blocks: 24 },
  { share: 0.1, width: 2048, blocks: 24 },
  { share: 0.05, width: 4096, blocks: 32 },
];
/** Assumed: adapters and fine-tunes that left a matrix as it was. */
const EQUAL = 0.3;
/** Assumed: bytes of a weight in storage. */
const BYTES = 2;
/** Assumed: a machine of the fleet, and what its network gives to each core. */
const CORES = 16;
const BYTES_PER_SECOND = 50e6;
/** Assumed: object storage in one region; outcomes that a prefix takes per second, and seconds until each is there. */
const STORE = { perSecond: 3500, latency: 0.05 };
/** Assumed: cheap machines, which are taken away every eight hours on average. */
const LOSSES_PER_HOUR = 1 / 8;
const LOCK = 60;

/** The question. */
const ALL_MODELS = 1e6;
/** Each fleet does so many layers per core, and its figures are those of the time between the first and last fifth. */
const LAYERS_PER_CORE = 150;
/** Models are added while fewer layers per core wait (`fleet submit --most-waiting`), those of each queue together. */
const WAITING_PER_CORE = 10;
const FLEETS = [
  { cores: 16, jobsPerCore: 1, queues: 1 },
  { cores: 16, jobsPerCore: 2, queues: 1 },
  { cores: 160, jobsPerCore: 2, queues: 1 },
  { cores: 1600, jobsPerCore: 2, queues: 1 },
  { cores: 4800, jobsPerCore: 2, queues: 1 },
  { cores: 4800, jobsPerCore: 2, queues: 8 },
];
const SEED = 7;

/** The layers of one model of a kind. @returns {import("./fleet-model.mjs").Layer[]} */
function layersOf({ width, blocks }, random) {
  const layer = (rows, cols) => ({
    ...{ work: operations(rows, cols), eigenvalues: Math.min(rows, cols), bytes: BYTES * rows * cols },
    solved: random() < EQUAL,
  });
  const block = () => [
    ...Array.from({ length: 4 }, () => layer(width, width)),
    ...Array.from({ length: 2 }, () => layer(4 * width, width)),
  ];
  return [layer(32_000, width), ...Array.from({ length: blocks }, block).flat()];
}

/** A model of the hub, drawn by the kinds' shares. */
export function drawModel(random) {
  let at = random();
  const kind = KINDS.find(({ share }) => {
    at -= share;
    return at < 0;
  });
  return layersOf(kind ?? KINDS[0], random);
}

/**
 * A fleet on a sample of models, and what follows for all of them. With two jobs per core, one reads while another one
 * computes.
 *
 * @param {{ cores: number, jobsPerCore: number, queues: number }} fleet
 * @param {{ parameters: import("./fleet-model.mjs").Parameters, random: () => number, layersPerCore?: number }} given
 */
export function figuresOf(fleet, { parameters, random, layersPerCore = LAYERS_PER_CORE }) {
  const { cores, jobsPerCore, queues } = fleet;
  const models = [];
  for (let layers = 0; layers < layersPerCore * cores; layers += models.at(-1).length) models.push(drawModel(random));
  const layers = models.reduce((sum, { length }) => sum + length, 0);
  const { queueBusy, lost, steady } = simulateFleet({
    parameters,
    models,
    fleet: {
      ...{ workers: cores * jobsPerCore, cores: CORES, workersPerMachine: CORES * jobsPerCore },
      ...{ queues, queueApart: true, bytesPerSecond: BYTES_PER_SECOND / jobsPerCore, store: STORE },
      mostWaiting: (WAITING_PER_CORE * cores) / queues,
      losses: { perHour: LOSSES_PER_HOUR, lock: LOCK, random },
    },
  });
  return {
    ...fleet,
    layersPerSecond: steady.layersPerSecond,
    solving: steady.solving / cores,
    queueBusy,
    lostShare: lost / layers,
    days: (layers / models.length) * (ALL_MODELS / steady.layersPerSecond / 86_400),
    layersPerModel: layers / models.length,
  };
}

async function main() {
  const { values } = parseArgs({
    options: {
      parameters: { type: "string", default: fileURLToPath(new URL("parameters.json", import.meta.url)) },
      json: { type: "boolean", default: false },
    },
  });
  const parameters = JSON.parse(readFileSync(values.parameters, "utf8"));
  const rows = FLEETS.map((fleet) => figuresOf(fleet, { parameters, random: randomOf(SEED) }));
  if (values.json) return console.log(JSON.stringify(rows, null, 2));
  const perCent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
  console.log("cores  jobs per core  queues  layers/s  solving  Redis busy  days for 10^6 models");
  for (const { cores, jobsPerCore, queues, layersPerSecond, solving, queueBusy, days } of rows)
    console.log(
      [
        ...[String(cores).padStart(5), String(jobsPerCore).padStart(13), String(queues).padStart(6)],
        ...[layersPerSecond.toFixed(0).padStart(8), perCent(solving).padStart(7), perCent(queueBusy).padStart(10)],
        days.toFixed(1).padStart(6),
      ].join("  "),
    );
  const mean = rows.at(-1).layersPerModel;
  console.log(`${mean.toFixed(0)} layers per model, ${(mean * ALL_MODELS).toExponential(1)} in all`);
}

/** Uniform numbers of [0, 1), the same for the same seed (Mulberry32). */
export function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
