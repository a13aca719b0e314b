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

/**
 * What a helper needs to know; can be sent to another thread. `dismiss` and `recall` need only the control block. An
 * engine adds what its own helpers need.
 */
export interface HelpWanted {
  readonly control: SharedArrayBuffer;
}

/** A stage in numbers: which one, its arguments, and into how many shares it is cut. */
interface NumberedStage {
  readonly stage: number;
  readonly args: readonly number[];
  readonly shares: number;
}

/** A control block without a stage. */
export function newControl(): SharedArrayBuffer {
  const control = new SharedArrayBuffer(ARGUMENTS_AT + MAX_ARGUMENTS * 8);
  wordsOf(control)[TICKET] = CLOSED;
  return control;
}

/** The words of a control block, as the functions below take them. */
export function wordsOf(control: SharedArrayBuffer): Int32Array {
  return new Int32Array(control, 0, ARGUMENTS_AT / 4);
}

/** The words of a control block that tell a helper to leave when they are not 0. */
export function leaveWords(
  control: SharedArrayBuffer,
  member: number,
): { readonly words: Int32Array; readonly ended: number; readonly recalled: number } {
  return { words: wordsOf(control), ended: ENDED, recalled: RECALLED + member };
}

/** Whether any helper is there. */
export function hasHelpers(control: SharedArrayBuffer): boolean {
  return Atomics.load(wordsOf(control), HELPERS) > 0;
}

/**
 * The leader offers the shares of its next stage. All shares of the last one must be done. Throws `RangeError` if there
 * are more shares than a ticket can count.
 */
export function openStage(control: SharedArrayBuffer, { stage, args, shares }: NumberedStage): void {
  if (shares >= CLOSED) throw new RangeError(`a stage has at most ${CLOSED - 1} shares, got ${shares}`);
  const state = wordsOf(control);
  const number = (Atomics.load(state, TICKET) >>> 16) + 1;
  Atomics.store(state, TICKET, (number << 16) | CLOSED);
  state[SHARES] = shares;
  state[UNDONE] = shares;
  state[STAGE] = stage;
  state[ARGUMENTS] = args.length;
  new Float64Array(control, ARGUMENTS_AT).set(args);
  Atomics.store(state, TICKET, number << 16);
  if (Atomics.load(state, SLEEPING) > 0) Atomics.notify(state, TICKET);
}

/** The stage that a thread with a share works on, and its arguments. */
export function currentStage(control: SharedArrayBuffer): { readonly stage: number; readonly args: readonly number[] } {
  const state = wordsOf(control);
  return { stage: state[STAGE], args: [...new Float64Array(control, ARGUMENTS_AT, state[ARGUMENTS])] };
}

/** Takes the next share of the current stage; undefined if there is none. */
export function takeShare(state: Int32Array): number | undefined {
  for (;;) {
    const ticket = Atomics.load(state, TICKET);
    const item = ticket & 0xffff;
    if (item === CLOSED || item >= Atomics.load(state, SHARES)) return undefined;
    if (Atomics.compareExchange(state, TICKET, ticket, ticket + 1) === ticket) return item;
  }
}

/** A taken share is done; wakes the leader after the last one. */
export function shareDone(state: Int32Array): void {
  if (Atomics.sub(state, UNDONE, 1) === 1 && Atomics.load(state, LEADER_SLEEPS) === 1) Atomics.notify(state, UNDONE);
}

/** The leader waits until every share is done. */
export function awaitShares(state: Int32Array): void {
  for (let spins = 0; ; spins++) {
    const undone = Atomics.load(state, UNDONE);
    if (undone === 0) return;
    if (spins < SPINS) continue;
    Atomics.store(state, LEADER_SLEEPS, 1);
    if (Atomics.load(state, UNDONE) === undone) Atomics.wait(state, UNDONE, undone);
    Atomics.store(state, LEADER_SLEEPS, 0);
  }
}

/**
 * Calls `work` for each share that a helper can take, until the leader is done or the helper is recalled; blocks the
 * thread. `member`, from 1, is the helper's number in the team.
 */
export function helpUntilRecalled(control: SharedArrayBuffer, member: number, work: (item: number) => void): void {
  const state = wordsOf(control);
  const stay = (): boolean => Atomics.load(state, ENDED) === 0 && Atomics.load(state, RECALLED + member) === 0;
  Atomics.add(state, HELPERS, 1);
  while (stay()) {
    const seen = Atomics.load(state, TICKET);
    const item = takeShare(state);
    if (item === undefined) {
      sleepWhile(state, seen, stay);
      continue;
    }
    work(item);
    shareDone(state);
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
  Atomics.store(wordsOf(control), ENDED, 1);
  Atomics.notify(wordsOf(control), TICKET);
}

/** Asks one helper to leave. */
export function recall(control: SharedArrayBuffer, member: number): void {
  Atomics.store(wordsOf(control), RECALLED + member, 1);
  Atomics.notify(wordsOf(control), TICKET);
}
