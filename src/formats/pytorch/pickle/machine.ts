import type { Pace } from "../../../bytes/pace.js";
import type { PickleBytes } from "./pickle-bytes.js";
import { PyDict, PyGlobal, PyList, PyObject, PyPersistent, PyTuple, type Value } from "./values.js";

/**
 * Memory that a pickle may use, estimated from V8's costs: some 1500 bytes per tensor, so enough for 130,000 tensors in
 * one file. The largest checkpoints have that many in all their shards. It also bounds the time, because every step is
 * counted: 12 million steps take a second.
 */
const MAX_MEMORY_BYTES = 192 * 2 ** 20;
/** Writers number memoised values from 0; there are three or four per tensor. */
const MAX_MEMO = 2 ** 21;
/**
 * The largest number of values on the stack. Python's pickler fills lists and dictionaries by thousands; tuples and
 * frozen sets are on it whole, and have a few values. An array of millions takes 150 ms to grow by half or to be cut,
 * without a pause.
 */
export const MAX_STACK = 2 ** 19;
/** The memo is stored in pieces, so that no single array grows large. */
const MEMO_PIECE = 2 ** 16;

/** Bytes of text or numbers that an operation reads in one step. */
const BYTES_PER_STEP = 64;

/** Estimated bytes: a step of the machine, an object, a filled slot, the first and each further entry of a Map. */
const STEP = 16;
const OBJECT = 110;
const SLOT = 8;
/** A slot of a growing array: it is copied to one half as long again, and both exist at that time. */
const GROWING_SLOT = 24;
/** Writers memoise a name and write it once; repeated names are slow to read. */
const NAME = 400;
const MAP = 200;
const ENTRY = 50;

/** The stack machine that executes a pickle as a program. It builds values and calls nothing. */
export class PickleMachine {
  /** Every function and class that the pickle names, by its full name. */
  readonly globals = new Map<string, PyGlobal>();
  /** Calls of something other than a plain name: results of other calls, as gadget chains make them. */
  indirectCalls = 0;
  /** Every reference to an object outside the pickle, in order. */
  readonly persistent: PyPersistent[] = [];
  stopped = false;
  private readonly stack: Value[] = [];
  /** The largest height of the stack. */
  private highest = 0;
  private readonly marks: number[] = [];
  private readonly memo: (Value | undefined)[][] = [];
  /** One past the last memoised number. */
  private memoLength = 0;
  private memory = 0;
  /** The part of it that was reported to the pace. */
  private reported = 0;

  constructor(
    readonly bytes: PickleBytes,
    private readonly pace: Pace,
  ) {}

  fail(reason: string): never {
    return this.bytes.fail(reason);
  }

  /** Counts memory that is about to be used. */
  charge(bytes: number): void {
    this.memory += bytes;
    if (this.memory > MAX_MEMORY_BYTES)
      this.fail(`what it builds needs more than ${MAX_MEMORY_BYTES / 2 ** 20} MiB of memory`);
  }

  step(): void {
    this.charge(STEP);
  }

  /**
   * Counts the work since the last call (operations on large values count more); returns true if the event loop is due
   * a turn.
   */
  isTurnDue(): boolean {
    const built = this.memory - this.reported;
    this.reported = this.memory;
    this.pace.keep(built - STEP);
    return this.pace.spend(1 + Math.floor(built / BYTES_PER_STEP));
  }

  push(value: Value): void {
    this.stack.push(value);
    if (this.stack.length <= this.highest) return;
    this.highest = this.stack.length;
    if (this.highest > MAX_STACK) this.fail(`it puts more than ${MAX_STACK} values on its stack`);
    this.charge(GROWING_SLOT);
  }

  pop(): Value {
    if (this.stack.length <= (this.marks[this.marks.length - 1] ?? 0)) this.fail("it pops an empty stack");
    return this.stack.pop() as Value;
  }

  top(): Value {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  mark(): void {
    this.charge(GROWING_SLOT);
    this.marks.push(this.stack.length);
  }

  /** Takes everything above the last mark, and the mark itself. */
  popMark(): Value[] {
    const mark = this.marks.pop();
    if (mark === undefined) this.fail("it looks for a mark that was never set");
    return this.stack.splice(mark);
  }

  /** Drops the mark on top, or the top value if the last mark is deeper, like Python's POP. */
  drop(): void {
    if (this.marks[this.marks.length - 1] === this.stack.length) this.marks.pop();
    else this.pop();
  }

  tuple(items: readonly Value[]): PyTuple {
    this.charge(OBJECT + SLOT * items.length);
    return new PyTuple(items);
  }

  /** Counts an object with some slots, a number that is not a small integer, or a text. */
  chargeObject(slots = 0): void {
    this.charge(OBJECT + SLOT * slots);
  }

  global(module: string, name: string): PyGlobal {
    this.charge(NAME);
    const path = `${module}.${name}`;
    const known = this.globals.get(path);
    if (known !== undefined) return known;
    const global = new PyGlobal(module, name);
    this.charge(OBJECT + ENTRY + 2 * path.length);
    this.globals.set(path, global);
    return global;
  }

  /** Records that Python would call `callee` at this point. */
  call(callee: Value, args: Value): PyObject {
    // Old files refer to a module's class by a persistent reference, to keep its source beside it.
    const callable = callee instanceof PyGlobal || callee instanceof PyObject || callee instanceof PyPersistent;
    if (!callable) return this.fail("it calls something that is not a function");
    if (!(args instanceof PyTuple)) return this.fail("it calls a function with arguments that are not a tuple");
    if (callee instanceof PyObject) this.indirectCalls++;
    this.charge(OBJECT);
    return new PyObject(callee, args);
  }

  /** Records a reference to an object outside the pickle. */
  refer(id: Value): void {
    this.charge(OBJECT);
    const reference = new PyPersistent(id);
    this.persistent.push(reference);
    this.push(reference);
  }

  /** Appends to the list (or to the result of a call) on top of the stack. */
  extend(items: Value[]): void {
    const target = this.top();
    if (!(target instanceof PyList) && !(target instanceof PyObject))
      this.fail("it appends to something that is not a list");
    // Many items may come at once: the array is reused, not copied item by item.
    if (target.items === undefined || target.items.length === 0) {
      this.charge(SLOT * items.length);
      target.items = items;
      return;
    }
    this.charge(GROWING_SLOT * items.length);
    for (const item of items) target.items.push(item);
  }

  /** Sets alternating keys and values in the dictionary (or in the result of a call) on top of the stack. */
  setEntries(pairs: readonly Value[]): void {
    const target = this.top();
    if (!(target instanceof PyDict) && !(target instanceof PyObject))
      this.fail("it sets an entry of something that is not a dictionary");
    if (pairs.length % 2 !== 0) this.fail("a key of a dictionary has no value");
    if (target.entries === undefined && pairs.length > 0) this.charge(MAP);
    this.charge((ENTRY * pairs.length) / 2);
    for (let k = 0; k < pairs.length; k += 2) target.set(pairs[k], pairs[k + 1]);
  }

  remember(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= MAX_MEMO)
      this.fail(`it memoises a value under the number ${index}`);
    // V8 stores an array with holes as a Map.
    this.charge(index > this.memoLength ? ENTRY : GROWING_SLOT);
    this.memoLength = Math.max(this.memoLength, index + 1);
    const piece = Math.floor(index / MEMO_PIECE);
    this.memo[piece] ??= [];
    this.memo[piece][index % MEMO_PIECE] = this.top();
  }

  rememberNext(): void {
    this.remember(this.memoLength);
  }

  recall(index: number): void {
    const value = this.memo[Math.floor(index / MEMO_PIECE)]?.[index % MEMO_PIECE];
    if (value === undefined) this.fail(`it reads the memoised value ${index}, which was never stored`);
    this.push(value);
  }
}
