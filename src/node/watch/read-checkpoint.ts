import { type AnalyzeOptions, analyzeFiles, type LayerResult, type RunEvent } from "../../analysis/index.js";
import type { AnalysisHost } from "../../analysis/solve-layers.js";
import type { OutcomeStore } from "../../analysis/store/outcome.js";
import { FormatError } from "../../formats/index.js";
import { localModel } from "../file-set.js";
import { SHARD, shardSet } from "../models-in.js";
import { namedFiles } from "../open-input.js";
import type { Settled } from "./checkpoint-book.js";
import { type CheckpointState, stateOf } from "./checkpoint-state.js";
import { guardedStore } from "./guarded-store.js";

/** What became of reading a checkpoint. Only "read" has anything of its layers. */
export type ReadOutcome =
  | { readonly kind: "read"; readonly events: readonly RunEvent[]; readonly results: readonly LayerResult[] }
  /** Its format says that something is missing. */
  | { readonly kind: "partial"; readonly reason: string }
  | { readonly kind: "nothing"; readonly reason: string }
  /** It was written over while it was read. */
  | { readonly kind: "changed" }
  | { readonly kind: "vanished" };

export interface Reading {
  readonly options: AnalyzeOptions;
  /** Spectra by the content of the weights. */
  readonly spectra: OutcomeStore;
  readonly host: AnalysisHost;
  readonly signal?: AbortSignal | undefined;
  /** Each event as it happens, of a reading that may still come to nothing. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /** The state of its files, asked anew. */
  readonly stateNow?: (checkpoint: Settled["checkpoint"]) => Promise<CheckpointState | undefined>;
}

/**
 * Analyses a checkpoint that has settled, and looks at its state again: before a spectrum is kept, and at the end.
 * Nothing of a checkpoint that changed meanwhile is passed on. Rejects with an `OptionError`, and with the signal's
 * reason.
 */
export async function readCheckpoint(
  { checkpoint, state }: Settled,
  { options, spectra, host, signal, onEvent, stateNow = (asked) => stateOf(asked, true) }: Reading,
): Promise<ReadOutcome> {
  const shards = missingShards(checkpoint.files);
  if (shards !== undefined) return { kind: "partial", reason: shards };
  const gone = new AbortController();
  const isUnchanged = async (): Promise<boolean> => (await stateNow(checkpoint))?.signature === state.signature;
  const events: RunEvent[] = [];
  const stop = signal === undefined ? gone.signal : AbortSignal.any([signal, gone.signal]);
  let outcome: ReadOutcome;
  try {
    const analysis = analyzeFiles(
      () => (checkpoint.kind === "shards" ? namedFiles(checkpoint.path) : localModel(checkpoint.path)),
      {
        ...options,
        spectra: guardedStore(spectra, { isUnchanged, onChanged: () => gone.abort() }),
        signal: stop,
        onEvent: (event) => {
          events.push(event);
          onEvent?.(event);
        },
      },
      host,
    );
    const results = await analysis.results();
    outcome = partOf(results) ?? { kind: "read", events, results };
  } catch (cause) {
    signal?.throwIfAborted();
    if (!gone.signal.aborted && !isOfFiles(cause)) throw cause;
    outcome = { kind: "partial", reason: (cause as Error).message };
  }
  const now = await stateNow(checkpoint);
  if (now === undefined) return { kind: "vanished" };
  return now.signature === state.signature ? outcome : { kind: "changed" };
}

/** In words, which shards of a set are missing, by their names. Undefined if none is. */
function missingShards(files: readonly string[]): string | undefined {
  const sets = new Map<string, number>();
  for (const file of files)
    if (SHARD.test(file)) {
      const set = shardSet(file);
      sets.set(set, (sets.get(set) ?? 0) + 1);
    }
  for (const [set, there] of sets) {
    const all = Number(/-of-(\d{5})\./.exec(set)?.[1]);
    if (there < all) return `${there} of ${all} shards are there`;
  }
  return undefined;
}

/** Whether an error comes from what the files hold, or from the file system ("ESTALE": gone from a server). */
function isOfFiles(cause: unknown): boolean {
  return cause instanceof FormatError || /^E[A-Z]+$/.test((cause as NodeJS.ErrnoException).code ?? "");
}

/** What speaks against a reading: nothing in it, or a layer whose weights are not all there. */
function partOf(results: readonly LayerResult[]): ReadOutcome | undefined {
  if (results.length === 0) return { kind: "nothing", reason: "it has no layers to analyse" };
  const unread = results.find(({ error }) => error instanceof FormatError);
  return unread === undefined ? undefined : { kind: "partial", reason: (unread.error as FormatError).message };
}
