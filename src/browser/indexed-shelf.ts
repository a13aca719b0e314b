import type { DBSchema, IDBPDatabase } from "idb";
import type { Shelf, ShelfEntry } from "./shelf.js";

/** The shelves of the database. */
export const SHELVES = ["spectra", "results"] as const;
export type ShelfName = (typeof SHELVES)[number];

interface KeptEntry extends ShelfEntry {
  readonly shelf: ShelfName;
  /** Ascending with every use. */
  readonly used: number;
}

interface ShelfState {
  /** Of all entries of the shelf. */
  readonly bytes: number;
  /** `used` of the entry that was used last. */
  readonly clock: number;
}

/**
 * Values are apart from what is known of them, so that a use writes a few bytes. The keys of both are [shelf, key].
 * `states` has one record per shelf: the sum of its sizes is right in all tabs, because every transaction includes it.
 */
export interface ShelfSchema extends DBSchema {
  values: { key: [ShelfName, string]; value: unknown };
  entries: { key: [ShelfName, string]; value: KeptEntry; indexes: { used: [ShelfName, number] } };
  states: { key: ShelfName; value: ShelfState };
}

const STORES = ["values", "entries", "states"] as const;
/** Behind every text that a key may end with. */
const END = "\uffff";
const EMPTY: ShelfState = { bytes: 0, clock: 0 };

/** Makes the stores of a new database. */
export function makeStores(db: IDBPDatabase<ShelfSchema>): void {
  db.createObjectStore("values");
  db.createObjectStore("entries", { keyPath: ["shelf", "key"] }).createIndex("used", ["shelf", "used"]);
  db.createObjectStore("states");
}

/** A shelf in IndexedDB, which other tabs share. */
export function indexedShelf(db: IDBPDatabase<ShelfSchema>, shelf: ShelfName, maxBytes: number): Shelf {
  const all = IDBKeyRange.bound([shelf, 0], [shelf, Number.POSITIVE_INFINITY]);
  const begin = () => db.transaction(STORES, "readwrite");
  type Writing = ReturnType<typeof begin>;
  const stateOf = async (writing: Writing): Promise<ShelfState> =>
    (await writing.objectStore("states").get(shelf)) ?? EMPTY;

  async function drop(writing: Writing, key: string): Promise<void> {
    await Promise.all([
      writing.objectStore("values").delete([shelf, key]),
      writing.objectStore("entries").delete([shelf, key]),
    ]);
  }

  /** Removes the entries that were not used for the longest time until at most `most` bytes are left. */
  async function evict(writing: Writing, bytes: number, most: number): Promise<number> {
    let left = bytes;
    let cursor = left > most ? await writing.objectStore("entries").index("used").openCursor(all) : null;
    while (cursor !== null && left > most) {
      left -= cursor.value.size;
      await drop(writing, cursor.value.key);
      cursor = await cursor.continue();
    }
    return left;
  }

  return {
    async get(key) {
      const writing = begin();
      const entry = await writing.objectStore("entries").get([shelf, key]);
      const value = entry === undefined ? undefined : await writing.objectStore("values").get([shelf, key]);
      if (entry !== undefined) {
        const state = await stateOf(writing);
        const used = state.clock + 1;
        await writing.objectStore("entries").put({ ...entry, used });
        await writing.objectStore("states").put({ ...state, clock: used }, shelf);
      }
      await writing.done;
      return value;
    },
    async put(entry, value) {
      if (entry.size > maxBytes) return;
      const writing = begin();
      // A rejected request of the transaction rejects `done` too.
      const done = writing.done;
      done.catch(() => {});
      const old = await writing.objectStore("entries").get([shelf, entry.key]);
      if (!(entry.weak && old?.weak === false)) {
        const { bytes, clock } = await stateOf(writing);
        const before = await evict(writing, bytes - (old?.size ?? 0), maxBytes - entry.size);
        await writing.objectStore("values").put(value, [shelf, entry.key]);
        await writing.objectStore("entries").put({ ...entry, shelf, used: clock + 1 });
        await writing.objectStore("states").put({ bytes: before + entry.size, clock: clock + 1 }, shelf);
      }
      await done;
    },
    async remove(prefix) {
      const writing = begin();
      const range = IDBKeyRange.bound([shelf, prefix], [shelf, `${prefix}${END}`]);
      const found = await writing.objectStore("entries").getAll(range);
      for (const { key } of found) await drop(writing, key);
      const state = await stateOf(writing);
      const bytes = found.reduce((sum, { size }) => sum - size, state.bytes);
      await writing.objectStore("states").put({ ...state, bytes }, shelf);
      await writing.done;
    },
    async entries() {
      const found = await db.getAllFromIndex("entries", "used", all);
      return found.map(({ key, size, weak, info }) => ({ key, size, weak, info }));
    },
  };
}
