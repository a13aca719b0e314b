import {
  type FromWorker,
  type ServiceOptions,
  type StartWorker,
  spectralService,
  type ToWorker,
} from "#eigenscope/spectra/index.js";

export interface MockWorkers {
  readonly start: StartWorker;
  /** What all workers were sent. */
  readonly received: ToWorker[];
  readonly started: () => number;
  /** How many were terminated. */
  readonly terminated: () => number;
  readonly crash: (cause: Error) => void;
  readonly stall: (on: boolean) => void;
}

/**
 * Workers in this thread: messages are cloned and come one macrotask later, as from a thread. What they were sent is
 * kept.
 */
export function mockWorkers(options: ServiceOptions = {}): MockWorkers {
  const received: ToWorker[] = [];
  const failures: ((cause: Error) => void)[] = [];
  let stalled = false;
  let terminated = 0;
  const start: StartWorker = (onMessage, onFailure) => {
    let alive = true;
    failures.push(onFailure);
    const handle = spectralService((message, transfer) => {
      const clone = structuredClone(message, { transfer }) as FromWorker;
      setImmediate(() => alive && onMessage(clone));
    }, options);
    return {
      post(message, transfer) {
        const clone = structuredClone(message, { transfer });
        received.push(message);
        if (!stalled) setImmediate(() => alive && handle(clone));
      },
      async terminate() {
        if (alive) terminated++;
        alive = false;
      },
    };
  };
  return {
    start,
    received,
    started: () => failures.length,
    terminated: () => terminated,
    crash: (cause) => failures.at(-1)?.(cause),
    stall: (on) => {
      stalled = on;
    },
  };
}

/**
 * The mock workers pass each message on within one turn of the event loop: after so many, nothing is under way but what
 * is stalled.
 */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
