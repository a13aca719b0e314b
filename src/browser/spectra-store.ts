import { openDB } from "idb";
import {
  detailFromJson,
  detailToJson,
  type LayerDetail,
  type Outcome,
  type OutcomeStore,
  type Report,
  type RunEvent,
} from "../analysis/index.js";
import { decodeOutcome, encodeOutcome } from "../analysis/store/outcome-codec.js";
import { turnOfEventLoop } from "../bytes/pace.js";
import { indexedShelf, makeStores, type ShelfName, type ShelfSchema } from "./indexed-shelf.js";
import { memoryShelf, type Shelf } from "./shelf.js";

/** Spectra that a page has computed, by the job's key. */
export interface KeptSpectra extends OutcomeStore {
  /** All outcomes, the one that was not used for the longest time first. */
  scan(): AsyncIterable<Outcome>;
}

/** A result to keep: what a page shows of one model. */
export interface KeptResult {
  readonly report: Report;
  /** By which the views were filled; none for a report that was opened from its JSON. */
  readonly events: readonly RunEvent[];
}

/** A kept result in a list. */
export interface ResultEntry {
  readonly id: string;
  readonly label: string;
  readonly layers: number;
  readonly verdict: string;
  /** In bytes, without the details of its layers. */
  readonly size: number;
}

/**
 * Results that a page keeps, so that they can be opened again without the weights. Each function rejects with the
 * browser's error if the disk is full or the database is closed.
 */
export interface KeptResults {
  /** The one that was used last comes first. */
  list(): Promise<readonly ResultEntry[]>;
  get(id: string): Promise<KeptResult | undefined>;
  put(id: string, result: KeptResult): Promise<void>;
  /** Removes a result with the details of its layers. */
  remove(id: string): Promise<void>;
  detail(id: string, layerId: number): Promise<LayerDetail | undefined>;
  putDetail(id: string, layerId: number, detail: LayerDetail): Promise<void>;
}

/** What a page keeps. */
export interface BrowserStore {
  readonly spectra: KeptSpectra;
  readonly results: KeptResults;
  /** Why nothing outlives the page, in a sentence; null if it does. */
  readonly warning: string | null;
  /** Bytes of all that is kept. */
  bytes(): Promise<number>;
  /** Removes all. */
  clear(): Promise<void>;
  close(): void;
}

export interface BrowserStoreOptions {
  /** Name of the database. */
  readonly name?: string;
  /** Room for spectra, and for results with their details, in bytes. */
  readonly maxSpectraBytes?: number;
  readonly maxResultBytes?: number;
}

/** 4096 eigenvalues take 32 KiB: this is room for 16,000 such layers. */
const MAX_SPECTRA_BYTES = 512 * 2 ** 20;
/** A report of 3,000 layers has about 12 MB, its events as much, and its details about 100 MB. */
const MAX_RESULT_BYTES = 512 * 2 ** 20;
const DATABASE_VERSION = 1;

/**
 * Opens what the page keeps in IndexedDB. Without IndexedDB, or if it refuses (a private window, a full disk, a
 * database of a later version), everything is kept in memory instead and `warning` says so. Never rejects.
 */
export async function openBrowserStore({
  name = "eigenscope",
  maxSpectraBytes = MAX_SPECTRA_BYTES,
  maxResultBytes = MAX_RESULT_BYTES,
}: BrowserStoreOptions = {}): Promise<BrowserStore> {
  const room: Readonly<Record<ShelfName, number>> = { spectra: maxSpectraBytes, results: maxResultBytes };
  const inMemory = (reason: string): BrowserStore =>
    storeOf((shelf) => memoryShelf(room[shelf]), {
      warning: `results are kept only until this page is closed: ${reason}`,
      close: () => {},
    });
  if (typeof indexedDB === "undefined") return inMemory("this browser offers no storage (IndexedDB) to the page");
  try {
    const db = await openDB<ShelfSchema>(name, DATABASE_VERSION, {
      upgrade: makeStores,
      // Another tab has a later version of the page: it must not wait for this one.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return storeOf((shelf) => indexedShelf(db, shelf, room[shelf]), { warning: null, close: () => db.close() });
  } catch (cause) {
    return inMemory(`the browser's storage refused (${(cause as Error).message})`);
  }
}

function storeOf(
  shelfOf: (name: ShelfName) => Shelf,
  { warning, close }: Pick<BrowserStore, "warning" | "close">,
): BrowserStore {
  const [spectra, results] = [shelfOf("spectra"), shelfOf("results")];
  return {
    spectra: keptSpectra(spectra),
    results: keptResults(results),
    warning,
    close,
    async bytes() {
      const all = [...(await spectra.entries()), ...(await results.entries())];
      return all.reduce((sum, { size }) => sum + size, 0);
    },
    async clear() {
      await Promise.all([spectra.remove(""), results.remove("")]);
    },
  };
}

/** A spectrum that cannot be kept or read (a full disk, a closed database) is computed again: nothing rejects. */
function keptSpectra(shelf: Shelf): KeptSpectra {
  const get = async (key: string): Promise<Outcome | undefined> => {
    try {
      const bytes = await shelf.get(key);
      return bytes instanceof Uint8Array ? decodeOutcome(bytes) : undefined;
    } catch {
      return undefined;
    }
  };
  return {
    get,
    async put(outcome) {
      const bytes = encodeOutcome(outcome);
      const { key, kind } = outcome;
      await shelf.put({ key, size: bytes.length, weak: kind === "failed", info: null }, bytes).catch(() => {});
    },
    async *scan() {
      for (const { key } of await shelf.entries()) {
        const outcome = await get(key);
        // Another tab may have removed it meanwhile.
        if (outcome !== undefined) yield outcome;
      }
    },
  };
}

/** What ends the id of a result in a key: an id with another one's id as its beginning is another result. */
const SEPARATOR = "\n";

/**
 * Values are texts: they are written and read faster than trees of objects, and their sizes are known. A result is long
 * and a blob: the browser has its pieces outside the page's memory as soon as they are made.
 */
function keptResults(shelf: Shelf): KeptResults {
  const keyOf = (id: string): string => `${id}${SEPARATOR}`;
  const detailKey = (id: string, layerId: number): string => `${keyOf(id)}${layerId}`;
  const read = async (key: string): Promise<unknown> => {
    const value = await shelf.get(key);
    const text = value instanceof Blob ? await value.text() : value;
    return typeof text === "string" ? JSON.parse(text) : undefined;
  };
  return {
    async list() {
      const found = (await shelf.entries()).filter(({ info }) => info !== null);
      return found.map(({ size, info }) => ({ ...(info as Omit<ResultEntry, "size">), size })).reverse();
    },
    get: async (id) => (await read(keyOf(id))) as KeptResult | undefined,
    async put(id, { report, events }) {
      const { layers, ...rest } = report;
      const info = { id, label: report.input.label, layers: layers.length, verdict: report.summary.verdict };
      const [layersList, eventsList] = [await listBlob(layers), await listBlob(events)];
      const rests = JSON.stringify(rest).slice(1);
      const json = new Blob(['{"report":{"layers":', layersList, `,${rests},"events":`, eventsList, "}"]);
      await shelf.put({ key: keyOf(id), size: json.size, weak: false, info }, json);
    },
    remove: (id) => shelf.remove(keyOf(id)),
    async detail(id, layerId) {
      const json = await read(detailKey(id, layerId));
      return json === undefined ? undefined : detailFromJson(json);
    },
    async putDetail(id, layerId, detail) {
      const text = JSON.stringify(detailToJson(detail));
      // IndexedDB takes one byte per character of a text in Latin letters, else two.
      await shelf.put({ key: detailKey(id, layerId), size: text.length, weak: false, info: null }, text);
    },
  };
}

/** Records and events of layers are a few kB of text each: so many take a few milliseconds. */
const ITEMS_PER_TURN = 64;

/** A list as JSON. The page stays usable meanwhile: as one piece, 3,000 layers would hold it up for half a second. */
async function listBlob(items: readonly unknown[]): Promise<Blob> {
  const parts: Blob[] = [];
  for (let k = 0; k < items.length; k += ITEMS_PER_TURN) {
    if (k > 0) await turnOfEventLoop();
    parts.push(new Blob([k > 0 ? "," : "", JSON.stringify(items.slice(k, k + ITEMS_PER_TURN)).slice(1, -1)]));
  }
  return new Blob(["[", ...parts, "]"]);
}
