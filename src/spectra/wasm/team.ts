import type { Build } from "./kernel-builds.js";
import { instantiateKernels, THREADS_SHARE_MEMORY } from "./kernels.js";
import { type ShareContext, STAGE_NAMES, STAGES, type StageName } from "./stages.js";

// A leader, the thread that works on a matrix, lets helpers take shares of its stages. All state is in one shared
// control block. The ticket is the number of the stage (upper half) and of the next share (lower half). A thread takes
// a share by raising the ticket from the value that it read. Arguments change only while the ticket says "closed" and
// every share taken is done, so that a thread that holds a share has valid arguments. Helpers come and go between
// shares; the leader waits for shares, never for helpers.

/** Words of the control block; the arguments follow, as doubles. */
const TICKET = 0;
const SHARES = 1;
const UNDONE = 2;
const STAGE = 3;
const ARGUMENTS = 4;
const HELPERS = 5;
/** Number of threads that sleep until the ticket changes, and whether the leader sleeps until all shares are done. */
const SLEEPING = 6;
const LEADER_SLEEPS = 7;
const ENDED = 8;
/** From here on one word per helper: 1 asks it to leave. */
const RECALLED = 16;
/** Maximum number of threads, the leader included. */
export const MAX_MEMBERS = 64;
const ARGUMENTS_AT = (RECALLED + MAX_MEMBERS) * 4;
const MAX_ARGUMENTS = 16;

const CLOSED = 0xffff;
/**
 * How often a word is polled before sleeping: about 20 us, longer than most stages make others wait, shorter than a
 * time slice.
 */
const SPINS = 2000;
const NAP_MS = 50;

/** What a helper of the WebAssembly engine needs to know; can be sent to another thread. */
export interface WasmHelpWanted {
  readonly build: Build;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
}

/** What a helper of the native engine needs to know: the team's number in this process. */
export interface NativeHelpWanted {
  readonly team: number;
  readonly control: SharedArrayBuffer;
}

/** What a helper needs to know; `dismiss` and `recall` need only the control block. */
export type HelpWanted = WasmHelpWanted | NativeHelpWanted;

/** The threads that work on one matrix, as the leader sees them. */
export interface Team {
  /** Does all `shares` of a stage, together with the helpers. */
  run(stage: StageName, args: readonly number[], shares: number): void;
  /** Opens the team to helpers; undefined if threads cannot share memory. */
  open(build: Build): WasmHelpWanted | undefined;
  /** Sends the helpers away. */
  close(): void;
}

/** A control block without a stage. */
export function newControl(): SharedArrayBuffer {
  const control = new SharedArrayBuffer(ARGUMENTS_AT + MAX_ARGUMENTS * 8);
  words(control)[TICKET] = CLOSED;
  return control;
}

/** The words of a control block that tell a helper to leave when they are not 0. */
export function leaveWords(
  control: SharedArrayBuffer,
  member: number,
): { readonly words: Int32Array; readonly ended: number; readonly recalled: number } {
  return { words: words(control), ended: ENDED, recalled: RECALLED + member };
}

export function createTeam(context: ShareContext): Team {
  let control: SharedArrayBuffer | undefined;
  return {
    run(stage, args, shares) {
      if (control !== undefined && shares > 1 && Atomics.load(words(control), HELPERS) > 0) {
        lead(context, control, { stage, args, shares });
      } else for (let item = 0; item < shares; item++) STAGES[stage](context, args, item);
    },
    open(build) {
      if (!THREADS_SHARE_MEMORY) return undefined;
      control = newControl();
      return { build, memory: context.memory, control };
    },
    close() {
      if (control !== undefined) dismiss(control);
      control = undefined;
    },
  };
}

interface Stage {
  readonly stage: StageName;
  readonly args: readonly number[];
  readonly shares: number;
}

function lead(context: ShareContext, control: SharedArrayBuffer, { stage, args, shares }: Stage): void {
  if (shares >= CLOSED) throw new RangeError(`a stage has at most ${CLOSED - 1} shares, got ${shares}`);
  const state = words(control);
  const number = (Atomics.load(state, TICKET) >>> 16) + 1;
  Atomics.store(state, TICKET, (number << 16) | CLOSED);
  state[SHARES] = shares;
  state[UNDONE] = shares;
  state[STAGE] = STAGE_NAMES.indexOf(stage);
  state[ARGUMENTS] = args.length;
  new Float64Array(control, ARGUMENTS_AT).set(args);
  Atomics.store(state, TICKET, number << 16);
  if (Atomics.load(state, SLEEPING) > 0) Atomics.notify(state, TICKET);

  for (let item = take(state); item !== undefined; item = take(state)) {
    STAGES[stage](context, args, item);
    Atomics.sub(state, UNDONE, 1);
  }
  for (let spins = 0; ; spins++) {
    const undone = Atomics.load(state, UNDONE);
    if (undone === 0) return;
    if (spins < SPINS) continue;
    Atomics.store(state, LEADER_SLEEPS, 1);
    if (Atomics.load(state, UNDONE) === undone) Atomics.wait(state, UNDONE, undone);
    Atomics.store(state, LEADER_SLEEPS, 0);
  }
}

/** Takes the next share of the current stage; undefined if there is none. */
function take(state: Int32Array): number | undefined {
  for (;;) {
    const ticket = Atomics.load(state, TICKET);
    const item = ticket & 0xffff;
    if (item === CLOSED || item >= Atomics.load(state, SHARES)) return undefined;
    if (Atomics.compareExchange(state, TICKET, ticket, ticket + 1) === ticket) return item;
  }
}

/**
 * A helper's work, from its start until the leader is done or it is recalled; blocks the thread. `member`, from 1, is
 * its number in the team.
 */
export function assist({ build, memory, control }: WasmHelpWanted, member: number): void {
  const context: ShareContext = { kernels: instantiateKernels(build, memory), memory };
  const state = words(control);
  const stay = (): boolean => Atomics.load(state, ENDED) === 0 && Atomics.load(state, RECALLED + member) === 0;
  Atomics.add(state, HELPERS, 1);
  while (stay()) {
    const seen = Atomics.load(state, TICKET);
    const item = take(state);
    if (item === undefined) {
      sleepWhile(state, seen, stay);
      continue;
    }
    const args = [...new Float64Array(control, ARGUMENTS_AT, state[ARGUMENTS])];
    STAGES[STAGE_NAMES[state[STAGE]]](context, args, item);
    if (Atomics.sub(state, UNDONE, 1) === 1 && Atomics.load(state, LEADER_SLEEPS) === 1) Atomics.notify(state, UNDONE);
  }
  Atomics.sub(state, HELPERS, 1);
}

/** Waits until the ticket differs from the one seen, or it is time to leave. */
function sleepWhile(state: Int32Array, seen: number, stay: () => boolean): void {
  for (let spins = 0; spins < SPINS; spins++) if (Atomics.load(state, TICKET) !== seen) return;
  Atomics.add(state, SLEEPING, 1);
  // A recall between this check and the sleep is noticed when the sleep times out.
  if (stay()) Atomics.wait(state, TICKET, seen, NAP_MS);
  Atomics.sub(state, SLEEPING, 1);
}

/** Sends all helpers away, from any thread. */
export function dismiss(control: SharedArrayBuffer): void {
  Atomics.store(words(control), ENDED, 1);
  Atomics.notify(words(control), TICKET);
}

/** Asks one helper to leave. */
export function recall(control: SharedArrayBuffer, member: number): void {
  Atomics.store(words(control), RECALLED + member, 1);
  Atomics.notify(words(control), TICKET);
}

function words(control: SharedArrayBuffer): Int32Array {
  return new Int32Array(control, 0, ARGUMENTS_AT / 4);
}
