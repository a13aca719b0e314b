import { readByteString, readDecimal, readFloat, readLong, readQuoted, readRawUnicode, readText } from "./literals.js";
import type { PickleMachine } from "./machine.js";
import { PyDict, PyGlobal, PyList, PyObject, type Value } from "./values.js";

/** The effect of an opcode on the machine. */
export type Operation = (machine: PickleMachine) => void;

const MAX_PROTOCOL = 5;

/** Every opcode of protocols 0 to 5 [CPython Lib/pickletools.py], by its byte. */
export const OPERATIONS: readonly (Operation | undefined)[] = tableOf({
  // The pickle itself.
  "\x80": (m) => {
    const protocol = m.bytes.u8();
    if (protocol > MAX_PROTOCOL) m.fail(`protocol ${protocol} is unknown; 0 to ${MAX_PROTOCOL} are supported`);
  },
  "\x95": (m) => void m.bytes.u64(), // FRAME: a hint for buffering
  ".": (m) => void (m.stopped = true),

  // Atoms.
  N: (m) => m.push(null),
  "\x88": (m) => m.push(true),
  "\x89": (m) => m.push(false),
  I: (m) => m.push(readDecimal(m, textLine(m))),
  L: (m) => m.push(readDecimal(m, textLine(m))),
  J: (m) => m.push(m.bytes.i32()),
  K: (m) => m.push(m.bytes.u8()),
  M: (m) => m.push(m.bytes.u16()),
  "\x8a": (m) => m.push(readLong(m, m.bytes.u8())),
  "\x8b": (m) => m.push(readLong(m, m.bytes.i32())),
  F: (m) => pushNumber(m, readFloat(m, m.bytes.line())),
  G: (m) => pushNumber(m, m.bytes.f64BigEndian()),

  // Text and bytes.
  S: (m) => m.push(readQuoted(m, textLine(m))),
  T: (m) => m.push(readByteString(m, m.bytes.i32())),
  U: (m) => m.push(readByteString(m, m.bytes.u8())),
  V: (m) => m.push(readRawUnicode(textLine(m))),
  X: (m) => m.push(readText(m, m.bytes.u32())),
  "\x8c": (m) => m.push(readText(m, m.bytes.u8())),
  "\x8d": (m) => m.push(readText(m, m.bytes.u64())),
  B: (m) => pushBytes(m, m.bytes.u32()),
  C: (m) => pushBytes(m, m.bytes.u8()),
  "\x8e": (m) => pushBytes(m, m.bytes.u64()),
  "\x96": (m) => pushBytes(m, m.bytes.u64()),
  "\x97": (m) => m.fail("it needs a buffer from outside the file"),
  "\x98": (m) => m.fail("it needs a buffer from outside the file"),

  // Containers.
  ")": (m) => m.push(m.tuple([])),
  t: (m) => m.push(m.tuple(m.popMark())),
  "\x85": (m) => m.push(m.tuple([m.pop()])),
  "\x86": (m) => pushTupleOf(m, 2),
  "\x87": (m) => pushTupleOf(m, 3),
  "]": (m) => pushList(m, []),
  l: (m) => pushList(m, m.popMark()),
  "\x8f": (m) => pushList(m, []), // EMPTY_SET
  "\x91": (m) => pushList(m, m.popMark()), // FROZENSET
  a: (m) => {
    const item = m.pop();
    m.extend([item]);
  },
  e: (m) => m.extend(m.popMark()),
  "\x90": (m) => m.extend(m.popMark()), // ADDITEMS
  "}": (m) => pushDict(m, []),
  d: (m) => pushDict(m, m.popMark()),
  s: (m) => {
    const value = m.pop();
    const key = m.pop();
    m.setEntries([key, value]);
  },
  u: (m) => m.setEntries(m.popMark()),

  // The stack and the memo.
  "(": (m) => m.mark(),
  "0": (m) => m.drop(),
  "1": (m) => void m.popMark(),
  "2": (m) => m.push(m.top()),
  g: (m) => m.recall(lineIndex(m)),
  h: (m) => m.recall(m.bytes.u8()),
  j: (m) => m.recall(m.bytes.u32()),
  p: (m) => m.remember(lineIndex(m)),
  q: (m) => m.remember(m.bytes.u8()),
  r: (m) => m.remember(m.bytes.u32()),
  "\x94": (m) => m.rememberNext(),

  // Names, calls, states. Everything that Python would run becomes a record here.
  c: (m) => {
    const module = m.bytes.line();
    m.push(m.global(module, m.bytes.line()));
  },
  "\x93": (m) => {
    const name = m.pop();
    const module = m.pop();
    if (typeof module !== "string" || typeof name !== "string")
      m.fail("it names a function by something that is not text");
    m.push(m.global(module as string, name as string));
  },
  "\x82": (m) => m.push(m.global("copyreg extension", `${m.bytes.u8()}`)),
  "\x83": (m) => m.push(m.global("copyreg extension", `${m.bytes.u16()}`)),
  "\x84": (m) => m.push(m.global("copyreg extension", `${m.bytes.u32()}`)),
  R: applyTop,
  "\x81": applyTop,
  "\x92": (m) => {
    const named = m.pop();
    if (!(named instanceof PyDict)) m.fail("it calls a class with named arguments that are not a dictionary");
    const args = m.pop();
    const made = m.call(m.pop(), args);
    if (named instanceof PyDict && named.entries !== undefined) made.state = named;
    m.push(made);
  },
  i: (m) => {
    const module = m.bytes.line();
    const callee = m.global(module, m.bytes.line());
    m.push(m.call(callee, m.tuple(m.popMark())));
  },
  o: (m) => {
    const [callee, ...args] = m.popMark();
    if (callee === undefined) m.fail("it calls nothing");
    m.push(m.call(callee, m.tuple(args)));
  },
  b: (m) => {
    const state = m.pop();
    const target = m.top();
    if (target instanceof PyGlobal) m.fail(`it modifies ${target.path} itself, as only attacks do`);
    if (!(target instanceof PyObject)) m.fail("it sets the state of something that cannot have one");
    (target as PyObject).state = state;
  },
  P: (m) => m.refer(textLine(m)),
  Q: (m) => m.refer(m.pop()),
});

function tableOf(operations: Readonly<Record<string, Operation>>): (Operation | undefined)[] {
  const table = new Array<Operation | undefined>(256).fill(undefined);
  for (const [char, operation] of Object.entries(operations)) table[char.charCodeAt(0)] = operation;
  return table;
}

function applyTop(machine: PickleMachine): void {
  const args = machine.pop();
  machine.push(machine.call(machine.pop(), args));
}

function pushNumber(machine: PickleMachine, value: number): void {
  machine.chargeObject();
  machine.push(value);
}

function pushBytes(machine: PickleMachine, length: number): void {
  machine.chargeObject();
  machine.push(machine.bytes.bytes(length));
}

function pushTupleOf(machine: PickleMachine, count: number): void {
  const items: Value[] = [];
  for (let k = 0; k < count; k++) items.unshift(machine.pop());
  machine.push(machine.tuple(items));
}

function pushList(machine: PickleMachine, items: Value[]): void {
  machine.chargeObject(items.length);
  machine.push(new PyList(items));
}

function pushDict(machine: PickleMachine, pairs: readonly Value[]): void {
  machine.chargeObject();
  machine.push(new PyDict());
  machine.setEntries(pairs);
}

/** A line that is kept in memory as a text or a number. */
function textLine(machine: PickleMachine): string {
  const line = machine.bytes.line();
  machine.chargeObject();
  machine.charge(2 * line.length);
  return line;
}

function lineIndex(machine: PickleMachine): number {
  const index = readDecimal(machine, machine.bytes.line());
  return typeof index === "number" ? index : Number.NaN;
}
