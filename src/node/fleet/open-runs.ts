import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import { digestOfFiles } from "../../analysis/store/file-identity.js";
import type { RunMemory } from "../../analysis/store/recall.js";
import type { RunSession } from "../../analysis/store/run-keeper.js";
import type { Layer } from "../../layers/index.js";
import type { RemoteHost } from "../../remote/index.js";
import type { SpectralPool } from "../../spectra/index.js";
import { placeAt } from "../run/place-at.js";
import type { RunPlace } from "../run/run-place.js";
import { type Allowed, assertAllowed, assertInside, assertRunAllowed } from "./allowed.js";
import { fleetOf } from "./fleet-folder.js";
import { type LayerMessage, RefusedMessage } from "./message.js";
import { type OpenedSource, openSource } from "./opened-source.js";

/** What a worker may do, and what it does it with. */
export interface RunsHost {
  readonly allow: Allowed;
  /** Real paths of the folders, and addresses, below which it takes part in runs. */
  readonly runs: readonly string[];
  /** How sources on the network are reached: all of this worker together. */
  readonly host?: RemoteHost | undefined;
  /** Rejects if this machine has no such engine. */
  pool(options: KeptPlan["options"]): Promise<SpectralPool>;
}

/** A model's run in which this worker takes part: its source is open, and its plan is that of the run. */
export interface OpenRun {
  readonly plan: KeptPlan;
  readonly pool: SpectralPool;
  /** The place of the fleet's run. */
  readonly fleet: RunPlace;
  readonly memory: RunMemory;
  /** The layer of a message. Throws `RefusedMessage` if the plan has it otherwise. */
  layerOf(message: LayerMessage): Layer;
  /** Why nothing can be written into the run, if that is so: it is not the layer's fault. */
  readonly writeFailure: Error | undefined;
}

interface Entry {
  readonly opened: Promise<ClosableRun>;
  users: number;
  /** After a failure: the source may be another one, or the store was damaged. It is opened anew next time. */
  isStale: boolean;
}

interface ClosableRun extends OpenRun {
  close(): Promise<void>;
}

/** So many models stay open, beside those that a job is at. */
const MAX_OPEN = 4;

/** The runs that a worker has open. A model is opened and planned once, not for each layer. */
export class OpenRuns {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly host: RunsHost) {}

  /** Opens what the message names, unless it is open, and does something with it. */
  async use<Result>(message: LayerMessage, work: (run: OpenRun) => Promise<Result>): Promise<Result> {
    const { run, plan, source, base } = message;
    const id = JSON.stringify([run, plan, source, base]);
    const known = this.entries.get(id);
    const entry: Entry =
      known === undefined || known.isStale ? { opened: this.open(message), users: 0, isStale: false } : known;
    // The one used last comes last.
    this.entries.delete(id);
    this.entries.set(id, entry);
    entry.users++;
    try {
      return await work(await entry.opened);
    } catch (cause) {
      entry.isStale = true;
      throw cause;
    } finally {
      entry.users--;
      if (entry.users === 0 && (entry.isStale || this.entries.size > MAX_OPEN)) {
        if (this.entries.get(id) === entry) this.entries.delete(id);
        await closed(entry);
      }
    }
  }

  /** Call it when no job is at a run any more. */
  async close(): Promise<void> {
    await Promise.all([...this.entries.values()].map(closed));
    this.entries.clear();
  }

  private async open(message: LayerMessage): Promise<ClosableRun> {
    const { allow, runs, pool: poolFor, host } = this.host;
    await assertRunAllowed(message.run, runs);
    await assertAllowed(message.source, allow);
    if (message.base !== undefined) await assertAllowed(message.base, allow);
    const [place, fleet] = [await placeAt(message.run), await placeAt(fleetOf(message.run).run)];
    const plan = await place.plan();
    if (plan?.digest !== message.plan) throw new RefusedMessage(`${message.run} does not hold the run of the message`);
    const pool = await poolFor(plan.options);
    const opened = await openSource({ source: message.source, base: message.base, host }, plan.options);
    try {
      await assertFilesAllowed(message, opened, allow);
      const session = await place.keeper().begin(await opened.planOf(plan.options));
      return await openRun({ plan, pool, fleet, opened, session });
    } catch (cause) {
      await opened.close();
      throw cause;
    }
  }
}

async function closed({ opened }: Entry): Promise<void> {
  // A run that could not be opened has closed what it had.
  const run = await opened.catch(() => undefined);
  await run?.close();
}

/** Links within a model's folder may lead out of what is allowed. A hub's cache is the worker's own. */
async function assertFilesAllowed(
  { source, base }: LayerMessage,
  { model: { paths } }: OpenedSource,
  { folders }: Allowed,
): Promise<void> {
  if (!isAbsolute(source) || (base !== undefined && !isAbsolute(base))) return;
  for (const path of paths) if (existsSync(path)) await assertInside(path, folders, "--allow");
}

async function openRun({
  plan,
  pool,
  fleet,
  opened,
  session,
}: Pick<OpenRun, "plan" | "pool" | "fleet"> & {
  readonly opened: OpenedSource;
  readonly session: RunSession;
}): Promise<ClosableRun> {
  const layers = new Map(opened.layers.map((layer) => [layer.index, layer]));
  const keys = new Map(plan.placements.map(({ layer, key }) => [layer.index, key]));
  const { store, keepsFirst = false } = session;
  let writeFailure: Error | undefined;
  return {
    ...{ plan, pool, fleet },
    get writeFailure() {
      return writeFailure;
    },
    memory: {
      ...{ files: await digestOfFiles(plan.files), writes: true },
      store: {
        get: (key) => store.get(key),
        put: async (outcome) => {
          // Another worker may have done it meanwhile: after a lost lock both do.
          const kept = keepsFirst ? undefined : await store.get(outcome.key);
          if (kept !== undefined && kept.kind !== "failed") return;
          await store.put(outcome).catch((cause: Error) => {
            writeFailure = cause;
            throw cause;
          });
        },
      },
    },
    layerOf({ layer: index, key }) {
      const layer = layers.get(index);
      if (layer === undefined || keys.get(index) !== key)
        throw new RefusedMessage("the run has no layer with the message's number and key");
      return layer;
    },
    close: async () => void (await Promise.all([session.close(), opened.close()])),
  };
}
