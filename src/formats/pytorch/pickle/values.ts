/**
 * What a pickle can say, as data. Functions and classes are names (`PyGlobal`), and calling one is a record of the call
 * (`PyObject`): nothing here can run, and what a record means is for its reader to decide. Identity matters: a value
 * that the pickle shares is one value here too.
 */
export type Value =
  | null
  | boolean
  | number
  /** Beyond 2^53 only. */
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

/** A list or a set: what is in it, in order. */
export class PyList {
  constructor(public items: Value[] = []) {}
}

/**
 * A dictionary. A Map, so that "__proto__" is a key like any other; made at the first entry, because an empty Map costs
 * 200 bytes.
 */
export class PyDict {
  entries?: Map<Value, Value>;

  set(key: Value, value: Value): void {
    (this.entries ??= new Map()).set(key, value);
  }
}

/** The name of a function or class. */
export class PyGlobal {
  /** Its full name, put together once: it is looked up for every tensor. */
  readonly path: string;

  constructor(
    readonly module: string,
    readonly name: string,
  ) {
    this.path = `${module}.${name}`;
  }
}

/**
 * What Python would have got by calling `callee` with `args`, with the state, items and entries that it would have been
 * given afterwards.
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

/** A reference to something outside the pickle: for PyTorch, a storage. */
export class PyPersistent {
  constructor(readonly id: Value) {}
}
