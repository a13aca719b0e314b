import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { priorityOf } from "#eigenscope/node/fleet/layer-jobs.js";

const imported = (name: string) =>
  import(pathToFileURL(fileURLToPath(new URL(`../../bench/fleet/${name}`, import.meta.url))).href);

const { Heap, Machine, Server, Simulation } = await imported("discrete-events.mjs");
const { layerSeconds, simulateFleet } = await imported("fleet-model.mjs");
const { drawModel, figuresOf, randomOf } = await imported("scale.mjs");

/** What a process waits for. */
type Wait = (resume: () => void) => void;

/** When each process, which waits first and does something then, is done. */
function ends(setUp: (simulation: InstanceType<typeof Simulation>) => (readonly Wait[])[]): number[] {
  const simulation = new Simulation();
  const times: number[] = [];
  function* process(waits: readonly Wait[], at: number): Generator<Wait, void, void> {
    for (const wait of waits) yield wait;
    times[at] = simulation.now;
  }
  for (const [at, waits] of setUp(simulation).entries()) simulation.start(process(waits, at));
  simulation.run();
  return times;
}

describe("the simulation's clock", () => {
  it("gives values by ascending keys, and equal keys in the order of adding", () => {
    const random = randomOf(3);
    const keys = Array.from({ length: 200 }, () => Math.floor(20 * random()));
    const heap = new Heap();
    for (const [at, key] of keys.entries()) heap.add(key, at);
    const taken = Array.from(keys, () => heap.take() as number);
    const sorted = [...keys.keys()].sort((a, b) => keys[a] - keys[b] || a - b);
    expect(taken).toEqual(sorted);
    expect([heap.size, heap.key, heap.take()]).toEqual([0, Infinity, undefined]);
  });

  it("shares the cores of a machine equally", () => {
    const computing = (seconds: readonly number[], cores: number): number[] =>
      ends((simulation) => {
        const machine = new Machine(simulation, { cores });
        return seconds.map((one) => [machine.compute(one)]);
      });
    expect(computing([3, 2], 2)).toEqual([3, 2]);
    expect(computing([2, 2, 2], 2)).toEqual([3, 3, 3]);
    // Both have half a core until the short one ends at 2.
    expect(computing([1, 2], 1)).toEqual([2, 3]);
  });

  it("counts a computation that begins later from its beginning, and the time in which cores were busy", () => {
    let machine: InstanceType<typeof Machine>;
    const times = ends((simulation) => {
      machine = new Machine(simulation, { cores: 1 });
      return [
        [machine.compute(2)],
        [simulation.wait(1), machine.compute(2)],
        [simulation.wait(10), machine.compute(1)],
      ];
    });
    expect(times).toEqual([3, 4, 11]);
    expect(machine?.busySeconds).toBe(5);
  });

  it("slows the cores while several are busy", () => {
    const times = ends((simulation) => {
      const machine = new Machine(simulation, { cores: 2, speed: (busy: number) => (busy === 2 ? 0.5 : 1) });
      return [[machine.compute(1)], [machine.compute(2)]];
    });
    expect(times).toEqual([2, 3]);
  });

  it("serves requests one after the other, in the order of asking", () => {
    const times = ends((simulation) => {
      const server = new Server(simulation);
      return [[server.serve(2)], [server.serve(1)], [simulation.wait(5), server.serve(1)]];
    });
    expect(times).toEqual([2, 3, 6]);
  });
});

const PARAMETERS = {
  start: { compute: 1, wait: 0.5 },
  pool: 0.25,
  beside: 0,
  open: { model: 0.125, layer: 0.5 },
  layers: [
    [1, 4],
    [100, 4],
    [10_000, 16],
  ],
  queue: { worker: 0.0625, server: 0.03125 },
  report: { model: 2, layer: 0.75, eigenvalue: 0.125 },
  bothCores: 1,
};
const layers = (count: number, work = 1) => Array.from({ length: count }, () => ({ work, eigenvalues: 0 }));

describe("the simulated fleet", () => {
  it("has the seconds of a layer from two measured ones, in their logarithms", () => {
    const at = (work: number): number => layerSeconds(PARAMETERS.layers, work);
    expect([at(0), at(0.5), at(1), at(50), at(100), at(10_000)]).toEqual([4, 4, 4, 4, 4, 16]);
    expect(at(1000)).toBeCloseTo(8, 12);
    expect(at(1_000_000)).toBeCloseTo(64, 10);
  });

  it("adds up what one worker does", () => {
    const { seconds, solvingSeconds } = simulateFleet({
      parameters: PARAMETERS,
      fleet: { workers: 1, cores: 2 },
      models: [layers(3), layers(2).map((layer) => ({ ...layer, eigenvalues: 8 }))],
    });
    const perJob = 0.0625 + 0.03125;
    const begin = 0.5 + 1 + 0.25;
    const opening = 2 * 0.125 + 5 * 0.5;
    const reports = 2 * 2 + 5 * 0.75 + 2 * 8 * 0.125;
    expect(seconds).toBeCloseTo(begin + opening + 5 * 4 + reports + 7 * perJob, 12);
    expect(solvingSeconds).toBe(20);
  });

  it("computes beside its layers what its other threads take, on another core if one is free", () => {
    const seconds = (workers: number, beside: number): number =>
      simulateFleet({ parameters: { ...PARAMETERS, beside }, fleet: { workers, cores: 2 }, models: [layers(8)] })
        .seconds;
    expect(seconds(1, 3)).toBe(seconds(1, 0));
    // Two workers leave no core free: six seconds more on two cores.
    expect(seconds(2, 3)).toBeCloseTo(seconds(2, 0) + 3, 6);
  });

  it("opens a model again when four others were opened since, and not before", () => {
    // One layer of each model in turn: equal works come in the order in which they were added.
    const seconds = (models: number): number => {
      const free = { ...PARAMETERS, start: { compute: 0, wait: 0 }, pool: 0, queue: { worker: 0, server: 0 } };
      const parameters = {
        ...free,
        report: { model: 0, layer: 0, eigenvalue: 0 },
        open: { model: 1, layer: 0 },
        layers: [[1, 0]],
      };
      const large = Array.from({ length: models }, () => [
        { work: 2e9, eigenvalues: 0 },
        { work: 1, eigenvalues: 0 },
      ]);
      return simulateFleet({
        parameters: { ...parameters, layers: [[1e10, 0]] },
        fleet: { workers: 1, cores: 1 },
        models: large,
      }).seconds;
    };
    expect(seconds(4)).toBe(4);
    expect(seconds(5)).toBe(10);
  });

  it("models cores: four workers on two are no faster than two, and two are slowed by each other", () => {
    const parameters = { ...PARAMETERS, start: { compute: 0, wait: 0 }, pool: 0, open: { model: 0, layer: 0 } };
    const at = (workers: number, bothCores = 1): number =>
      simulateFleet({ parameters: { ...parameters, bothCores }, fleet: { workers, cores: 2 }, models: [layers(400)] })
        .seconds;
    const report = 2 + 0.75 * 400;
    const jobs = 400 * (4 + 0.0625 + 0.03125);
    expect(at(1) - report).toBeCloseTo(jobs + 0.09375, 6);
    expect((at(2) - report) / jobs).toBeCloseTo(0.5, 2);
    expect((at(4) - report) / jobs).toBeCloseTo(0.5, 2);
    expect((at(2, 0.8) - report) / jobs).toBeCloseTo(0.5 / 0.8, 2);
  });

  it("is bound by a queue that is busy, and by half of that with two queues", () => {
    const parameters = { ...PARAMETERS, queue: { worker: 0, server: 1 }, open: { model: 0, layer: 0 } };
    const models = Array.from({ length: 20 }, () => layers(50));
    const at = (queues: number): { readonly seconds: number; readonly queueBusy: number } =>
      simulateFleet({ parameters, fleet: { workers: 64, cores: 64, queues, queueApart: true }, models });
    expect(at(1).seconds).toBeGreaterThan(1020);
    expect(at(1).queueBusy).toBeGreaterThan(0.9);
    expect(at(2).seconds).toBeLessThan(0.6 * at(1).seconds);
  });

  it("waits for bytes and for the store", () => {
    const given = { parameters: PARAMETERS, models: [[{ work: 1, eigenvalues: 0, bytes: 30 }]] };
    const plain = simulateFleet({ ...given, fleet: { workers: 1, cores: 1 } }).seconds;
    const read = simulateFleet({ ...given, fleet: { workers: 1, cores: 1, bytesPerSecond: 10 } }).seconds;
    const store = { perSecond: 2, latency: 4 };
    const stored = simulateFleet({ ...given, fleet: { workers: 1, cores: 1, store } }).seconds;
    expect([read - plain, stored - plain]).toEqual([3, 4.5]);
    // The store of each queue is its own.
    const slow = { ...store, perSecond: 0.001 };
    const two = { parameters: PARAMETERS, models: [layers(1), layers(1)] };
    const shared = simulateFleet({ ...two, fleet: { workers: 2, cores: 2, store: slow } }).seconds;
    const apart = simulateFleet({ ...two, fleet: { workers: 2, cores: 2, queues: 2, store: slow } }).seconds;
    expect(Math.round((shared - apart) / 1000)).toBe(1);
  });

  it("solves no layer whose equal was solved", () => {
    const fleet = { workers: 1, cores: 1 };
    const all = simulateFleet({ parameters: PARAMETERS, fleet, models: [layers(2)] });
    const models = [
      [
        { work: 1, eigenvalues: 0 },
        { work: 1, eigenvalues: 0, solved: true },
      ],
    ];
    const equal = simulateFleet({ parameters: PARAMETERS, fleet, models });
    expect(all.seconds - equal.seconds).toBeCloseTo(4, 12);
  });

  it("gives a layer out again when its worker was lost and the lock has expired", () => {
    const seconds = (draws: readonly number[]) => {
      let at = 0;
      const random = (): number => draws[at++] ?? 1;
      const losses = { perHour: 900, lock: 60, random };
      return simulateFleet({ parameters: PARAMETERS, fleet: { workers: 1, cores: 1, losses }, models: [layers(1)] });
    };
    // Four seconds at 900 losses an hour: lost with 1 - 1/e.
    expect(seconds([0.633]).lost).toBe(0);
    const { seconds: late, lost } = seconds([0.632, 0.5]);
    expect(lost).toBe(1);
    // Half the layer was computed, and after the lock's time: the queue, the threads, the model, the whole layer.
    const [queue, open] = [0.0625 + 0.03125, 0.25 + 0.125 + 0.5];
    expect(late).toBeCloseTo(1.5 + queue + open + 2 + 60 + queue + open + 4 + queue + 2 + 0.75, 10);
  });

  it("takes layers in the queue's order", () => {
    const random = randomOf(5);
    const works = Array.from({ length: 300 }, () => 10 ** (6 + 8 * random()));
    const expected = works.slice().sort((a, b) => priorityOf(a, 5) - priorityOf(b, 5));
    const taken: number[] = [];
    const models = [
      works.map((work) => ({
        work,
        get solved() {
          taken.push(work);
          return false;
        },
      })),
    ];
    simulateFleet({ parameters: PARAMETERS, fleet: { workers: 1, cores: 1 }, models });
    expect(taken).toEqual(expected);
  });

  it("adds a model only while fewer layers wait: a large one that comes later is not taken first", () => {
    const takenWith = (mostWaiting: number): number[] => {
      const taken: number[] = [];
      const model = (...works: number[]) =>
        works.map((work) => ({
          work,
          get solved() {
            taken.push(work);
            return false;
          },
        }));
      const models = [model(1, 2), model(3), model(5e9)];
      simulateFleet({ parameters: PARAMETERS, fleet: { workers: 1, cores: 1, mostWaiting }, models });
      return taken;
    };
    // Two wait at first; the second model is added beside one, the last one beside one.
    expect(takenWith(2)).toEqual([1, 2, 5e9, 3]);
    expect(takenWith(3)).toEqual([1, 5e9, 2, 3]);
    expect(takenWith(4)).toEqual([5e9, 1, 2, 3]);
  });

  it("tells the pace without the first and the last fifth of the layers", () => {
    const free = { ...PARAMETERS, queue: { worker: 0, server: 1 }, pool: 100, open: { model: 0, layer: 0 } };
    const { steady } = simulateFleet({ parameters: free, fleet: { workers: 1, cores: 1 }, models: [layers(10)] });
    expect(steady.layersPerSecond).toBeCloseTo(1 / 5, 12);
    expect(steady.solving).toBeCloseTo(4 / 5, 12);
    // From the third to the eighth of ten: one that takes 16 s and five that take 4 s, and a second of the queue each.
    const works = [10_000, 1, 10_000, 1, 1, 1, 1, 1, 10_000, 1];
    const models = [works.map((work) => ({ work }))];
    const mixed = simulateFleet({ parameters: free, fleet: { workers: 1, cores: 1 }, models }).steady;
    expect(mixed.layersPerSecond).toBeCloseTo(6 / 42, 12);
    expect(mixed.solving).toBeCloseTo(36 / 42, 12);
  });

  it("refuses a queue without a worker", () => {
    const models = [layers(1), layers(1)];
    expect(() => simulateFleet({ parameters: PARAMETERS, fleet: { workers: 1, cores: 1, queues: 2 }, models })).toThrow(
      "1 reports were never written",
    );
  });
});

describe("the simulated hub", () => {
  it("draws models by their shares, from 37 layers to 193", () => {
    const random = randomOf(1);
    const lengths = Array.from({ length: 4000 }, () => drawModel(random).length);
    expect(Math.min(...lengths)).toBe(37);
    expect(Math.max(...lengths)).toBe(193);
    const share = lengths.filter((length) => length === 37).length / lengths.length;
    // Four sigma of 4,000 draws at 0.35.
    expect(Math.abs(share - 0.35)).toBeLessThan(4 * Math.sqrt((0.35 * 0.65) / 4000));
  });

  it("says the same for the same seed, and less efficiency where the queue is busy", () => {
    const parameters = {
      ...PARAMETERS,
      layers: [
        [1e6, 0.001],
        [1e12, 10],
      ],
      queue: { worker: 0.001, server: 0.02 },
    };
    const free = { ...parameters, open: { model: 0.01, layer: 0 }, report: { model: 0.01, layer: 0, eigenvalue: 0 } };
    const at = (cores: number, queues = 1, jobsPerCore = 1) =>
      figuresOf({ cores, queues, jobsPerCore }, { parameters: free, random: randomOf(2), layersPerCore: 40 });
    const [few, many, split] = [at(8), at(320), at(320, 8)];
    expect(at(8)).toEqual(few);
    expect(many.queueBusy).toBeGreaterThan(0.9);
    expect(few.queueBusy).toBeLessThan(0.5);
    expect(many.solving).toBeLessThan(0.5 * few.solving);
    expect(split.solving).toBeGreaterThan(1.5 * many.solving);
    // One job reads while another one computes.
    expect(at(8, 1, 2).solving).toBeGreaterThan(1.1 * few.solving);
  });
});
