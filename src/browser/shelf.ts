/** What is known of an entry without reading it. */
export interface ShelfEntry {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** A weak entry never takes the place of one that is not: the failure of a job. */
  readonly weak: boolean;
  /** Plain data beside the value, for lists. */
  readonly info: unknown;
}

/** Values by key, at most so many bytes; those that were not used for the longest time go first. */
export interface Shelf {
  /** Counts as a use. Undefined if there is none. */
  get(key: string): Promise<unknown>;
  /** Keeps plain data. A value that is larger than all the room is not kept. */
  put(entry: ShelfEntry, value: unknown): Promise<void>;
  /** Removes the entries whose keys begin with `prefix`. */
  remove(prefix: string): Promise<void>;
  /** All entries, the one that was not used for the longest time first. It is no use. */
  entries(): Promise<readonly ShelfEntry[]>;
}

/** A shelf in memory: it is empty again when the page is closed. */
export function memoryShelf(maxBytes: number): Shelf {
  // In the order of their last use.
  const kept = new Map<string, { readonly entry: ShelfEntry; readonly value: unknown }>();
  let bytes = 0;
  const remove = (key: string): void => {
    bytes -= kept.get(key)?.entry.size ?? 0;
    kept.delete(key);
  };
  return {
    async get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    async put(entry, value) {
      if (entry.size > maxBytes || (entry.weak && kept.get(entry.key)?.entry.weak === false)) return;
      remove(entry.key);
      kept.set(entry.key, { entry, value });
      bytes += entry.size;
      for (const key of kept.keys()) {
        if (bytes <= maxBytes) break;
        remove(key);
      }
    },
    async remove(prefix) {
      for (const key of [...kept.keys()]) if (key.startsWith(prefix)) remove(key);
    },
    entries: async () => [...kept.values()].map(({ entry }) => entry),
  };
}
