import { finish, type Pace, type Steps, unpaced } from "../../../bytes/pace.js";
import { PickleMachine } from "./machine.js";
import { OPERATIONS } from "./opcodes.js";
import { PickleBytes, type PickleText } from "./pickle-bytes.js";
import type { PyGlobal, PyPersistent, Value } from "./values.js";

/** A pickle as data. */
export interface Unpickled {
  readonly value: Value;
  /** The end of the pickle in its bytes: one past its STOP. */
  readonly end: number;
  /** Every function and class that it names, by its full name ("posix.system"). */
  readonly globals: ReadonlyMap<string, PyGlobal>;
  /** Calls whose function is itself the result of a call. */
  readonly indirectCalls: number;
  /** Every reference to an object outside the pickle, in order. */
  readonly persistent: readonly PyPersistent[];
}

/**
 * Reads one pickle of protocol 0 to 5 without running anything: calls become records, names stay names. Time and memory
 * are bounded for any input, and nothing recurses. Throws `FormatError` of kind "malformed", or
 * `MoreBytesNeeded` if `text.whole` is false.
 */
export function unpickle(text: PickleText): Unpickled {
  return finish(unpickleInSteps(text, unpaced()));
}

/** `unpickle` with pauses, under a shared budget. */
export function* unpickleInSteps(text: PickleText, pace: Pace): Steps<Unpickled> {
  const bytes = new PickleBytes(text);
  const machine = new PickleMachine(bytes, pace);
  while (!machine.stopped) {
    machine.step();
    const operation = OPERATIONS[bytes.u8()] ?? unknownOpcode;
    operation(machine);
    if (machine.isTurnDue()) yield;
  }
  const value = machine.pop();
  const { globals, indirectCalls, persistent } = machine;
  return { value, end: bytes.at, globals, indirectCalls, persistent };
}

function unknownOpcode({ bytes }: PickleMachine): never {
  bytes.at--;
  return bytes.fail(`0x${bytes.u8().toString(16).padStart(2, "0")} is not an opcode`);
}
