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
import { indexedShelf, makeStores, type ShelfName, type ShelfSchema } from "./indexed-shelf.js";
import { LongBlob, type Place } from "./long-blob.js";
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

/** A result with what the charts of its layers draw, by the layer's number. */
export interface ResultToKeep extends KeptResult {
  readonly details: AsyncIterable<readonly [layerId: number, detail: LayerDetail]>;
}

/** A kept result in a list. */
export interface ResultEntry {
  readonly id: string;
  readonly label: string;
  readonly layers: number;
  readonly verdict: string;
  /** In bytes. */
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
  put(id: string, result: ResultToKeep): Promise<void>;
  remove(id: string): Promise<void>;
  /** What the charts of a layer draw: only that is read. */
  detail(id: string, layerId: number): Promise<LayerDetail | undefined>;
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

/** A result as it is kept. Blobs of JSON: the browser has them on its disk, and reads the part that is asked for. */
interface KeptBlobs {
  readonly result: Blob;
  readonly details: Blob;
  /** Where the details of each layer are. */
  readonly places: ReadonlyMap<number, Place>;
}

function keptResults(shelf: Shelf): KeptResults {
  const keyOf = (id: string): string => `${id}${SEPARATOR}`;
  const read = (id: string): Promise<KeptBlobs | undefined> => shelf.get(keyOf(id)) as Promise<KeptBlobs | undefined>;
  const parsed = async (json: Blob): Promise<unknown> => JSON.parse(await json.text());
  return {
    async list() {
      const found = await shelf.entries();
      return found.map(({ size, info }) => ({ ...(info as Omit<ResultEntry, "size">), size })).reverse();
    },
    async get(id) {
      const found = await read(id);
      return found && ((await parsed(found.result)) as KeptResult);
    },
    async put(id, { report, events, details }) {
      const info = { id, label: report.input.label, layers: report.layers.length, verdict: report.summary.verdict };
      const kept: KeptBlobs = { result: await resultBlob({ report, events }), ...(await detailBlob(details)) };
      await shelf.put({ key: keyOf(id), size: kept.result.size + kept.details.size, weak: false, info }, kept);
    },
    remove: (id) => shelf.remove(keyOf(id)),
    async detail(id, layerId) {
      const found = await read(id);
      const place = found?.places.get(layerId);
      return found && place && detailFromJson((await parsed(found.details.slice(...place))) as never);
    },
  };
}

async function resultBlob({ report: { layers, ...rest }, events }: KeptResult): Promise<Blob> {
  const blob = new LongBlob();
  await blob.add('{"report":{"layers":');
  await blob.addList(layers);
  await blob.add(`,${JSON.stringify(rest).slice(1)},"events":`);
  await blob.addList(events);
  await blob.add("}");
  return blob.end();
}

async function detailBlob(details: ResultToKeep["details"]): Promise<Pick<KeptBlobs, "details" | "places">> {
  const blob = new LongBlob();
  const places = new Map<number, Place>();
  for await (const [layerId, detail] of details)
    places.set(layerId, await blob.add(JSON.stringify(detailToJson(detail))));
  return { details: blob.end(), places };
}
