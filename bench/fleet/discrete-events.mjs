// A discrete-event simulation: a clock, processes, and what they wait for. A process is a generator; it yields a wait,
// a function that is given what to call when the wait is over.

/** @typedef {(resume: () => void) => void} Wait */
/** @typedef {Generator<Wait, void, void>} Process */

/** A binary heap of values by ascending keys; equal keys come in the order in which they were added. */
export class Heap {
  #items = [];
  #added = 0;

  get size() {
    return this.#items.length;
  }

  /** The smallest key; Infinity if the heap is empty. */
  get key() {
    return this.#items[0]?.key ?? Infinity;
  }

  add(key, value) {
    const items = this.#items;
    const item = { key, order: this.#added++, value };
    let at = items.length;
    for (let parent; at > 0 && before(item, items[(parent = (at - 1) >> 1)]); at = parent) items[at] = items[parent];
    items[at] = item;
  }

  /** Removes the value of the smallest key and gives it; undefined if the heap is empty. */
  take() {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length === 0) return first?.value;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && before(items[child + 1], items[child])) child++;
      if (!before(items[child], last)) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return first.value;
  }
}

function before(a, b) {
  return a.key < b.key || (a.key === b.key && a.order < b.order);
}

/** The clock, in seconds, and what happens when. */
export class Simulation {
  now = 0;
  #events = new Heap();

  /** Calls `action` at `time`, which is not before now. */
  at(time, action) {
    this.#events.add(time, action);
  }

  /** Starts a process now. @param {Process} process */
  start(process) {
    const step = () => {
      const { done, value } = process.next();
      if (!done) value(step);
    };
    step();
  }

  /** A wait of some seconds. @returns {Wait} */
  wait(seconds) {
    return (resume) => this.at(this.now + seconds, resume);
  }

  /** Runs until nothing is left to happen. Gives the time of the last event. */
  run() {
    while (this.#events.size > 0) {
      this.now = this.#events.key;
      this.#events.take()();
    }
    return this.now;
  }
}

/**
 * A machine whose cores are shared equally by what it computes: with n computations on c cores each has
 * min(1, c / n) of a core. `speed(busy)` is the speed of each core while so many are busy, 1 for one alone: cores share
 * caches and memory.
 */
export class Machine {
  /** Core-seconds in which a core was busy. */
  busySeconds = 0;
  #simulation;
  #cores;
  #speed;
  /** Each computation ends when the sum of what each one was given has grown by its seconds. */
  #given = 0;
  #since = 0;
  #rate = 0;
  #running = new Heap();
  #planned = 0;

  constructor(simulation, { cores, speed = () => 1 }) {
    this.#simulation = simulation;
    this.#cores = cores;
    this.#speed = speed;
  }

  /** A computation of so many seconds of one core alone. @returns {Wait} */
  compute(seconds) {
    return (resume) => {
      this.#advance();
      this.#running.add(this.#given + seconds, resume);
      this.#plan();
    };
  }

  #advance() {
    const { now } = this.#simulation;
    const passed = now - this.#since;
    this.#given += passed * this.#rate;
    this.busySeconds += passed * Math.min(this.#running.size, this.#cores);
    this.#since = now;
  }

  /** Plans the end of the computation that ends first, if no other one comes before. */
  #plan() {
    const running = this.#running.size;
    const plan = ++this.#planned;
    if (running === 0) return;
    const busy = Math.min(running, this.#cores);
    this.#rate = (busy / running) * this.#speed(busy);
    const left = Math.max(0, this.#running.key - this.#given);
    this.#simulation.at(this.#simulation.now + left / this.#rate, () => {
      if (plan !== this.#planned) return;
      this.#advance();
      // What has just ended has been given all of it, whatever the rounding.
      this.#given = Math.max(this.#given, this.#running.key);
      const resume = this.#running.take();
      this.#plan();
      resume();
    });
  }
}

/** A server that does one thing at a time, in the order of asking: a queue, a store's partition, a network link. */
export class Server {
  busySeconds = 0;
  #simulation;
  #freeAt = 0;

  constructor(simulation) {
    this.#simulation = simulation;
  }

  /** A request that takes the server so many seconds. @returns {Wait} */
  serve(seconds) {
    return (resume) => {
      this.busySeconds += seconds;
      this.#freeAt = Math.max(this.#freeAt, this.#simulation.now) + seconds;
      this.#simulation.at(this.#freeAt, resume);
    };
  }
}
