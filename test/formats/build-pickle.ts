import { concat, littleEndian } from "./files-in-memory.js";

/** What a test pickles: plain values, and the records that Python would make of calls, names and references. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | readonly Pickled[]
  | ReadonlyMap<Pickled, Pickled>
  | Uint8Array
  | Tuple
  | Name
  | Call
  | Outside
  | Raw;

export class Tuple {
  constructor(readonly items: readonly Pickled[]) {}
}
/** A function or class. */
export class Name {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
}
/** A call, with the state (BUILD) and entries (SETITEMS) that follow it. */
export class Call {
  constructor(
    readonly callee: Pickled,
    readonly args: readonly Pickled[],
    readonly then: { readonly state?: Pickled; readonly entries?: ReadonlyMap<Pickled, Pickled> } = {},
  ) {}
}
/** A persistent id. */
export class Outside {
  constructor(readonly id: Pickled) {}
}
/** Opcodes as they are. */
export class Raw {
  constructor(readonly bytes: Uint8Array) {}
}

export const tuple = (...items: readonly Pickled[]): Tuple => new Tuple(items);
export const dict = (entries: Readonly<Record<string, Pickled>>): ReadonlyMap<Pickled, Pickled> =>
  new Map(Object.entries(entries));
export const raw = (text: string): Raw => new Raw(Uint8Array.from(text, (char) => char.charCodeAt(0)));

/** A pickle of protocol 2, as torch.save writes it; the same value object twice becomes one remembered value. */
export function pickleOf(value: Pickled): Uint8Array {
  return concat(Uint8Array.of(0x80, 2), ...opcodesOf(value, new Map()), ".");
}

function opcodesOf(value: Pickled, memo: Map<Pickled, number>): Uint8Array[] {
  const inside = (items: readonly Pickled[]): Uint8Array[] => items.flatMap((item) => opcodesOf(item, memo));
  const op = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
  if (value === null) return [op("N")];
  if (typeof value === "boolean") return [op(value ? "\x88" : "\x89")];
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    return [op("X"), littleEndian([text.length, 4]), text];
  }
  if (typeof value === "number") return numberOpcodes(value);
  const known = memo.get(value);
  if (known !== undefined) return [op("j"), littleEndian([known, 4])];

  const remembered = (opcodes: readonly Uint8Array[]): Uint8Array[] => {
    memo.set(value, memo.size);
    return [...opcodes, op("r"), littleEndian([memo.get(value)!, 4])];
  };
  if (value instanceof Raw) return [value.bytes];
  if (value instanceof Uint8Array) return [op("B"), littleEndian([value.length, 4]), value];
  if (value instanceof Tuple) return remembered([op("("), ...inside(value.items), op("t")]);
  if (value instanceof Name) return remembered([op(`c${value.module}\n${value.name}\n`)]);
  if (value instanceof Outside) return remembered([...inside([value.id]), op("Q")]);
  if (value instanceof Call) {
    const { entries, state } = value.then;
    const call = remembered([...inside([value.callee]), op("("), ...inside(value.args), op("tR")]);
    const items = entries === undefined ? [] : [op("("), ...inside([...entries].flat()), op("u")];
    return [...call, ...items, ...(state === undefined ? [] : [...inside([state]), op("b")])];
  }
  if (value instanceof Map) return [...remembered([op("}")]), op("("), ...inside([...value].flat()), op("u")];
  return [...remembered([op("]")]), op("("), ...inside(value as readonly Pickled[]), op("e")];
}

function numberOpcodes(value: number): Uint8Array[] {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31)
    return [concat("J", littleEndian([BigInt.asUintN(32, BigInt(value)), 4]))];
  if (Number.isInteger(value))
    return [concat(Uint8Array.of(0x8a, 8), littleEndian([BigInt.asUintN(64, BigInt(value)), 8]))];
  const bytes = new Uint8Array(9);
  bytes[0] = "G".charCodeAt(0);
  new DataView(bytes.buffer).setFloat64(1, value, false);
  return [bytes];
}
