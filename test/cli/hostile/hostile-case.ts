/** An input that a reader must survive, as it is handed to the command line. */
export interface HostileCase {
  /** Its number in the list of hostile inputs; some have two sides (refused here, read there). */
  readonly number: number;
  readonly what: string;
  /** By their names in the folder; may be large, and are made when they are asked for. */
  readonly files: () => Readonly<Record<string, Uint8Array | string>>;
  /** What is named on the command line, from inside that folder. */
  readonly input: string;
  /** What is added to the command line. */
  readonly flags?: readonly string[];
  /**
   * Does what files alone cannot: links, pipes, holes, servers. Gives what is to be named, where that is known only
   * then.
   */
  readonly prepare?: (folder: string) => Promise<string | undefined>;
  /** The sentence on stderr, with exit code 3. */
  readonly refused?: RegExp;
  /**
   * Where the input is read all the same: what the result says of it, and the exit code (3: nothing in it is to be
   * analysed; 4: some layers failed, and say why).
   */
  readonly read?: { readonly says: RegExp; readonly code?: 0 | 3 | 4 };
}

/** A file that is refused by itself. */
export function file(
  number: number,
  what: string,
  name: string,
  bytes: () => Uint8Array | string,
  refused: RegExp,
): HostileCase {
  return { number, what, files: () => ({ [name]: bytes() }), input: name, refused };
}
