import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import { SEGMENTS } from "../../analysis/run/read-run-folder.js";
import type { RunKeeper, RunPlan, RunSession } from "../../analysis/store/run-keeper.js";
import { FormatError } from "../../formats/index.js";
import type { EngineName } from "../../spectra/index.js";
import { Claims } from "./claims.js";
import { EventFile } from "./event-log.js";
import { inRunFolder } from "./folder-error.js";
import { readPlan, writePlan } from "./manifest.js";
import { assertSameOption, assertSameRun } from "./same-run.js";
import { SegmentStore } from "./segment-store.js";
import { type Shard, shardsOf } from "./shard.js";

const CLAIMS = "claims";
/** How often a process that has nothing else to do looks whether others have finished. */
const PAUSE_MS = 250;

/** The segments of a run folder. */
export function segmentsOf(folder: string): string {
  return join(folder, SEGMENTS);
}

/** The claims of a run folder. */
export function claimsOf(folder: string): string {
  return join(folder, CLAIMS);
}

/**
 * A run that is kept in a folder: run.json and its plan say what it is, segments/ holds what is done, claims/ says who
 * is at what, events/ what each process did. Any number of processes may work in it at once, each on all layers or on
 * its shard. Killed anywhere, it loses only the layers that were being solved.
 */
export function runFolder(folder: string, { shard }: { readonly shard?: Shard | undefined } = {}): RunKeeper {
  return {
    async engine(asked): Promise<EngineName | undefined> {
      const kept = (await inRunFolder(folder, () => readPlan(folder)))?.options.engine;
      if (kept !== undefined && asked !== "auto") assertSameOption("engine", [asked, kept], folder);
      return kept;
    },
    begin: (plan) => inRunFolder(folder, () => begin(folder, plan, shard)),
  };
}

async function begin(folder: string, plan: RunPlan, shard: Shard | undefined): Promise<RunSession> {
  if ((await readPlan(folder)) === undefined) {
    await assertNotTaken(folder);
    await writePlan(folder, plan);
  }
  const kept = (await readPlan(folder)) as KeptPlan;
  assertSameRun(plan, kept, { folder, here: true });
  const store = new SegmentStore(segmentsOf(folder));
  await store.refresh();
  const claims = new Claims(claimsOf(folder));
  const events = new EventFile(folder);
  return {
    store,
    events,
    ...(shard !== undefined && { share: shardsOf(kept.placements, shard.count)[shard.index - 1] ?? new Set<number>() }),
    claim: (key) => claims.claim(key),
    release: (key) => claims.release(key),
    async pause(signal) {
      // An aborted wait rejects with an error of its own, not with the signal's reason.
      await wait(PAUSE_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
    },
    async close() {
      try {
        await store.close();
      } finally {
        await events.close();
        await claims.close();
        // Only an empty folder goes.
        await rmdir(claimsOf(folder)).catch(() => {});
      }
    },
  };
}

/** A folder with other things in it is not made into a run. Throws `FormatError`. */
async function assertNotTaken(folder: string): Promise<void> {
  const found = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw cause;
  });
  // A plan and temporary files: a process that was killed while it began.
  const others = found.filter((name) => !/^(plan-|run\.json|segments$|claims$|events$)/.test(name));
  if (others.length === 0) return;
  throw new FormatError(`holds ${others[0]} and no run`, {
    kind: "unsupported",
    file: folder,
    remedy: "Give a new or empty folder with --run.",
  });
}
