// Measures what the simulation of a fleet needs to know of this machine, and writes parameters.json:
//   node bench/fleet/parameters.mjs [--into bench/fleet/parameters.json]
// All but `bothCores` comes from one worker with one thread. Each number is the median of three rounds. Takes about
// four minutes; run it on a quiet machine.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine, operations } from "../measure.mjs";
import { median } from "../processes.mjs";
import { withFleet } from "./local-fleet.mjs";

const HERE = fileURLToPath(new URL("parameters.json", import.meta.url));

/** Sides of square layers, and how many of each: the largest come first. */
const SIDES = [
  [2048, 3],
  [1448, 4],
  [1024, 6],
  [724, 10],
  [512, 12],
  [362, 20],
  [256, 24],
  [128, 50],
  [64, 100],
  [32, 100],
  [16, 100],
];
const SMALL_MODELS = { models: 6, layers: 20, side: 64 };
const LONG_MODELS = { models: 3, layers: 1000, side: 16 };
const WARMING_MODEL = { models: 1, layers: 600, side: 16 };
/** By then the code of a worker is compiled (`COMPILED_LAYERS` of src/cli/rates.ts). */
const COMPILED_LAYERS = 240;
const STARTS = 5;
const ROUNDS = 3;

let runs = 0;

const { values } = parseArgs({ options: { into: { type: "string", default: HERE } } });

const parameters = await withFleet(async (fleet) => {
  const equal = ({ models, layers, side }) => Array(models).fill(Array(layers).fill([side, side]));
  const sources = {
    sides: fleet.write("sides", [SIDES.flatMap(([side, count]) => Array(count).fill([side, side]))]),
    small: fleet.write("small", equal(SMALL_MODELS)),
    long: fleet.write("long", equal(LONG_MODELS)),
    warming: fleet.write("warming", equal(WARMING_MODEL)),
  };
  const start = await startOf(fleet);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measured(fleet, { sources, start }));
  return { start, ...medianOf(rounds) };
});
writeFileSync(values.into, `${JSON.stringify({ machine: machine(), ...rounded(parameters) }, null, 2)}\n`);

/** All parameters, measured once. */
async function measured(fleet, { sources, start }) {
  const ofSides = sources.sides;
  const [alone, together] = [await run(fleet, ofSides, { workers: 1 }), await run(fleet, ofSides, { workers: 2 })];
  const layers = SIDES.map(([side]) => [operations(side, side), secondsOf(alone, side)]).reverse();
  const small = await run(fleet, sources.small, { workers: 1 });
  const long = await run(fleet, sources.long, { workers: 1 });
  const warming = await run(fleet, sources.warming, { workers: 1 });
  const open = line([
    [SMALL_MODELS.layers, small.open],
    [LONG_MODELS.layers, long.open],
  ]);
  const [pool, fixed] = [poolOf(warming, open), fixedOf(warming, long)];
  return {
    pool,
    beside: Math.max(0, fixed - start.compute - pool),
    open,
    layers,
    queue: { worker: long.queue - long.server, server: long.server },
    report: reportOf({ small, long, alone }),
    bothCores: bothCoresOf({ alone, together, fixed }),
    queuedBytes: long.queuedBytes,
    submit: long.submit,
  };
}

/** Of values of one form, the median of each number. */
function medianOf(found) {
  const [first] = found;
  if (typeof first === "number") return median(found);
  const parts = Object.keys(first).map((key) => [key, medianOf(found.map((one) => one[key]))]);
  return Array.isArray(first) ? parts.map(([, value]) => value) : Object.fromEntries(parts);
}

/** A worker that finds nothing to do. */
async function startOf(fleet) {
  const runs = [];
  for (let k = 0; k < STARTS; k++) {
    const start = Date.now();
    const { events, used } = await fleet.work(1);
    const ready = (events.find(({ kind }) => kind === "ready").time - start) / 1000;
    runs.push({ ready, compute: Math.min(ready, used[0].processor) });
  }
  const compute = median(runs.map((run) => run.compute));
  return { compute, wait: Math.max(0, median(runs.map(({ ready }) => ready)) - compute) };
}

/** What the first layers take longer than later ones: threads and their engine start, code is compiled. */
function poolOf({ layers }, open) {
  const ends = layers.map(({ time }) => time);
  const gaps = ends.slice(1).map((time, at) => time - ends[at]);
  const steady = median(gaps.slice(COMPILED_LAYERS));
  const first = ends[COMPILED_LAYERS - 1] - (ends[0] - layers[0].ms) - COMPILED_LAYERS * steady;
  return Math.max(0, first / 1000 - open.model - open.layer * layers.length);
}

/** Processor time of a worker that does not grow with its layers, on all of its threads. */
function fixedOf(short, long) {
  const layer = (long.processor - short.processor) / (long.layers.length - short.layers.length);
  return short.processor - layer * short.layers.length;
}

/** The models of a folder by a fleet, and what is read off its log, in seconds. */
async function run(fleet, source, { workers }) {
  await fleet.redis();
  const submitted = await fleet.submit(source, `run-${runs++}`);
  const queued = await fleet.redis();
  const { events, used } = await fleet.work(workers);
  const drained = await fleet.redis();
  const layers = events.filter(({ kind }) => kind === "layer");
  const reports = events.filter(({ kind }) => kind === "report");
  const firsts = layers.filter(({ run }, at) => layers.findIndex((layer) => layer.run === run) === at).slice(1);
  const others = median(layers.map(({ ms }) => ms));
  const gaps = layers.slice(1).map((layer, at) => layer.time - layers[at].time - layer.ms);
  const queue = median(gaps.filter((_, at) => layers[at].run === layers[at + 1].run)) / 1000;
  // A report comes when its model's last layer is done.
  const waits = reports.map(({ run, time }) => time - layers.findLast((layer) => layer.run === run).time);
  return {
    layers,
    processor: used.reduce((sum, { processor }) => sum + processor, 0),
    open: firsts.length === 0 ? 0 : (median(firsts.map(({ ms }) => ms)) - others) / 1000,
    queue,
    server: drained.seconds / (layers.length + reports.length),
    report: median(waits) / 1000 - queue,
    queuedBytes: (queued.bytes - drained.bytes) / layers.length,
    submit: submitted.seconds / layers.length,
  };
}

/** Mean seconds of the layers of one side; the first of all starts the threads and opens the model. */
function secondsOf({ layers }, side) {
  const from = SIDES.findIndex(([one]) => one === side);
  const before = SIDES.slice(0, from).reduce((sum, [, count]) => sum + count, 0);
  const names = new Set(Array.from({ length: SIDES[from][1] }, (_, at) => `layers.${before + at}`));
  const times = layers.filter(({ name }, at) => at > 0 && names.has(name)).map(({ ms }) => ms / 1000);
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

/**
 * How much slower a core is while the other one is busy: by the processor time of the same layers. On the clock they
 * also wait for a core, which the simulation knows.
 */
function bothCoresOf({ alone, together, fixed }) {
  return Math.min(1, (alone.processor - fixed) / (together.processor - 2 * fixed));
}

/** The parts of a report per model, layer and eigenvalue, from three kinds of models. */
function reportOf({ small, long, alone }) {
  const sides = SIDES.reduce((sum, [side, count]) => [sum[0] + count, sum[1] + count * side], [0, 0]);
  // Each value follows from the others: a few rounds of that are the solution.
  let [eigenvalue, equal] = [0, { model: 0, layer: 0 }];
  for (let round = 0; round < 50; round++) {
    const without = ({ layers, side }, seconds) => [layers, seconds - layers * side * eigenvalue];
    equal = line([without(SMALL_MODELS, small.report), without(LONG_MODELS, long.report)]);
    eigenvalue = Math.max(0, (alone.report - equal.model - sides[0] * equal.layer) / sides[1]);
  }
  return { ...equal, eigenvalue };
}

/** A fixed part and a part per layer, from two lengths. */
function line([[n0, y0], [n1, y1]]) {
  const layer = Math.max(0, (y1 - y0) / (n1 - n0));
  return { model: Math.max(0, y0 - n0 * layer), layer };
}

/** Three digits are more than is known. */
function rounded(value) {
  if (typeof value === "number") return Number(value.toPrecision(3));
  if (Array.isArray(value)) return value.map(rounded);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}
