/**
 * The values of a pickle, as data. Functions and classes are names (`PyGlobal`), and calling one is a record of the
 * call (`PyObject`). Nothing here can run; the reader of a record decides what it means. Identity matters: a value that
 * the pickle shares is one value here too.
 */
export type Value =
  | null
  | boolean
  | number
  /** Only beyond 2^53. */
  | bigint
  | string
  | Uint8Array
  | PyTuple
  | PyList
  | PyDict
  | PyGlobal
  | PyObject
  | PyPersistent;

export class PyTuple {
  constructor(readonly items: readonly Value[]) {}
}

/** A list or a set: its items, in order. */
export class PyList {
  constructor(public items: Value[] = []) {}
}

/**
 * A dictionary. A Map, so that "__proto__" is a key like any other; created at the first entry, because an empty Map
 * costs 200 bytes.
 */
export class PyDict {
  entries?: Map<Value, Value>;

  set(key: Value, value: Value): void {
    (this.entries ??= new Map()).set(key, value);
  }
}

/** The name of a function or class. */
export class PyGlobal {
  /** Its full name, built once: it is looked up for every tensor. */
  readonly path: string;

  constructor(
    readonly module: string,
    readonly name: string,
  ) {
    this.path = `${module}.${name}`;
  }
}

/**
 * The result that Python would get by calling `callee` with `args`, with the state, items and entries set afterwards.
 */
export class PyObject {
  state?: Value;
  items?: Value[];
  entries?: Map<Value, Value>;

  constructor(
    readonly callee: Value,
    readonly args: PyTuple,
  ) {}

  set(key: Value, value: Value): void {
    (this.entries ??= new Map()).set(key, value);
  }
}

/** A reference to an object outside the pickle: for PyTorch, a storage. */
export class PyPersistent {
  constructor(readonly id: Value) {}
}
