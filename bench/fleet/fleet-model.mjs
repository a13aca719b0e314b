// The fleet of docs/fleet.md as a simulation: workers take layers from queues, the largest first, and compute them on
// the cores of their machines; the last layer of a model brings its report.
import { Heap, Machine, Server, Simulation } from "./discrete-events.mjs";

/**
 * What everything takes, in seconds of one core unless it says otherwise. `parameters.mjs` measures it.
 *
 * @typedef {object} Parameters
 * @property {{ compute: number, wait: number }} start  a worker from its start until it is ready
 * @property {number} pool                              its threads, their engine and slow code, with its first layers
 * @property {number} beside                            what its other threads take meanwhile: they compile that code
 * @property {{ model: number, layer: number }} open    a model that it opens, and each layer of that
 * @property {readonly (readonly [number, number])[]} layers  operations of a layer and its seconds, ascending
 * @property {{ worker: number, server: number }} queue what one job takes of its worker, and of Redis
 * @property {{ model: number, layer: number, eigenvalue: number }} report  a report, each layer of that, and each
 *   eigenvalue: it measures them
 * @property {number} bothCores                         speed of a core while others are busy too; 1: no difference
 */

/**
 * @typedef {object} Fleet
 * @property {number} workers                 threads that solve, in all
 * @property {number} cores                   cores of each machine
 * @property {number} [workersPerMachine]     default: all on one machine
 * @property {number} [mostWaiting]           a model is added only while fewer layers wait in its queue
 * @property {number} [queues]                Redis servers; models are spread over them. Default 1
 * @property {boolean} [queueApart]           whether Redis has its own machine; default: it is on the first one
 * @property {{ perSecond: number, latency: number }} [store]  outcomes that the store of each queue's runs takes
 *   per second, and its seconds each
 * @property {number} [bytesPerSecond]        of each worker from the sources; default: within the layers' seconds
 * @property {{ perHour: number, lock: number, random: () => number }} [losses]  workers that are lost, per worker-hour
 */

/**
 * `solved`: equal weights have an outcome.
 *
 * @typedef {{ work: number, eigenvalues: number, bytes?: number, solved?: boolean }} Layer
 */

/** A worker keeps so many models open, as `node/fleet/open-runs.ts` does. */
const MAX_OPEN = 4;
/** Layers of less work come in the order of their models, as in `node/fleet/layer-jobs.ts`. */
const MIN_ORDERED_WORK = 1e9;

/**
 * Simulates a fleet from the start of its workers to its last report.
 *
 * @param {{ parameters: Parameters, fleet: Fleet, models: readonly (readonly Layer[])[] }} given
 * @returns {{ seconds: number, solvingSeconds: number, queueBusy: number, lost: number, steady: { layersPerSecond:
 *   number, solving: number } }} the time; core-seconds in which spectra were computed, as one core alone would take;
 *   the share of the time in which the busiest Redis was busy; computations that were lost with their worker; layers
 *   per second, and core-seconds of solving per second, while the second to the fourth fifth of all layers were done
 *   (NaN for one layer)
 */
export function simulateFleet({ parameters, fleet, models }) {
  const { workers, cores, workersPerMachine = workers, queues = 1, queueApart = false, store, losses } = fleet;
  const { mostWaiting = Infinity } = fleet;
  const simulation = new Simulation();
  const speed = (busy) => 1 - (1 - parameters.bothCores) * (cores > 1 ? (busy - 1) / (cores - 1) : 0);
  const machines = Array.from(
    { length: Math.ceil(workers / workersPerMachine) },
    () => new Machine(simulation, { cores, speed }),
  );
  const redis = Array.from({ length: queues }, () => new Server(simulation));
  const shelves = Array.from({ length: queues }, () => new Server(simulation));
  const waiting = Array.from({ length: queues }, () => new Heap());
  const idle = Array.from({ length: queues }, () => /** @type {(() => void)[]} */ ([]));
  const left = models.map((layers) => layers.length);
  let [reports, solvingSeconds, lost] = [models.length, 0, 0];
  let end = 0;
  const all = models.reduce((sum, { length }) => sum + length, 0);
  /** Layers that were done, and at which times and sums of seconds a fifth and four fifths were. */
  let done = 0;
  const marks = [];

  const put = (queue, key, job) => {
    waiting[queue].add(key, job);
    idle[queue].pop()?.();
  };
  const toAdd = Array.from({ length: queues }, (_, queue) =>
    [...models.keys()].filter((model) => model % queues === queue).reverse(),
  );
  const addModels = (queue) => {
    while (toAdd[queue].length > 0 && waiting[queue].size < mostWaiting) {
      const model = toAdd[queue].pop();
      for (const layer of models[model]) put(queue, priorityOf(layer.work), { model, layer });
    }
  };
  for (let queue = 0; queue < queues; queue++) addModels(queue);

  /** One thread that solves. */
  function* worker(number) {
    const machine = machines[Math.floor(number / workersPerMachine)];
    const queue = number % queues;
    yield simulation.wait(parameters.start.wait);
    yield machine.compute(parameters.start.compute);
    let isFirst = true;
    const open = new Set();
    while (reports > 0) {
      const job = waiting[queue].take();
      addModels(queue);
      if (job === undefined) {
        yield (resume) => idle[queue].push(resume);
        continue;
      }
      yield queueApart ? redis[queue].serve(parameters.queue.server) : machines[0].compute(parameters.queue.server);
      yield machine.compute(parameters.queue.worker);
      const { model, layer } = job;
      if (layer === undefined) {
        yield machine.compute(reportSeconds(parameters.report, models[model]));
        reports--;
        end = simulation.now;
        if (reports === 0) for (const queue of idle) for (const resume of queue.splice(0)) resume();
        continue;
      }
      if (isFirst) {
        simulation.start(beside(machine));
        yield machine.compute(parameters.pool);
      }
      isFirst = false;
      if (!open.has(model)) {
        yield machine.compute(parameters.open.model + parameters.open.layer * models[model].length);
        if (open.size === MAX_OPEN) open.delete(open.values().next().value);
      }
      // The one used last comes last.
      open.delete(model);
      open.add(model);
      if (fleet.bytesPerSecond !== undefined) yield simulation.wait((layer.bytes ?? 0) / fleet.bytesPerSecond);
      const seconds = layer.solved ? 0 : layerSeconds(parameters.layers, layer.work);
      if (losses !== undefined && losses.random() < 1 - Math.exp((-losses.perHour * seconds) / 3600)) {
        // Lost at any moment of it; others get the layer when its lock has expired, and another worker comes.
        lost++;
        yield machine.compute(seconds * losses.random());
        simulation.at(simulation.now + losses.lock, () => put(queue, priorityOf(layer.work), job));
        open.clear();
        isFirst = true;
        yield machine.compute(parameters.start.compute);
        continue;
      }
      yield machine.compute(seconds);
      solvingSeconds += seconds;
      if (store !== undefined) {
        yield shelves[queue].serve(1 / store.perSecond);
        yield simulation.wait(store.latency);
      }
      done++;
      if (done === Math.ceil(all / 5) || done === Math.ceil((4 * all) / 5))
        marks.push({ done, now: simulation.now, solvingSeconds });
      if (--left[model] === 0) put(queue, -1, { model });
    }
  }
  function* beside(machine) {
    yield machine.compute(parameters.beside);
  }
  for (let number = 0; number < workers; number++) simulation.start(worker(number));
  simulation.run();
  if (reports > 0) throw new Error(`${reports} reports were never written: give each queue a worker`);
  const queueBusy = queueApart ? Math.max(...redis.map(({ busySeconds }) => busySeconds)) / end : 0;
  const [from, to] = [marks[0], marks.at(-1)];
  const steady = {
    layersPerSecond: (to.done - from.done) / (to.now - from.now),
    solving: (to.solvingSeconds - from.solvingSeconds) / (to.now - from.now),
  };
  return { seconds: end, solvingSeconds, queueBusy, lost, steady };
}

function reportSeconds({ model, layer, eigenvalue }, layers) {
  return model + layers.reduce((sum, { eigenvalues }) => sum + layer + eigenvalue * eigenvalues, 0);
}

/** The largest first, in quarter octaves; what takes a second or less in the order of the models. */
function priorityOf(work) {
  return work <= MIN_ORDERED_WORK ? 0 : -Math.ceil(4 * Math.log2(work / MIN_ORDERED_WORK)) / 1e3;
}

/** Seconds of a layer of so many operations: between two measured ones in their logarithms. */
export function layerSeconds(layers, work) {
  const after = layers.findIndex(([operations]) => operations >= work);
  // Less work than any that was measured: what takes no work takes as long.
  if (after === 0) return layers[0][1];
  const [[w0, s0], [w1, s1]] = after < 0 ? layers.slice(-2) : layers.slice(after - 1, after + 1);
  const at = Math.log(work / w0) / Math.log(w1 / w0);
  return s0 * (s1 / s0) ** at;
}
