import { type Signal, signal } from "@preact/signals";
import type { Comparison } from "#eigenscope/analysis/index.js";
import type { OpenModel } from "./models.js";

/** The comparison of two open models. */
export type ComparisonState =
  | { readonly state: "working"; readonly done: number; readonly of: number }
  | { readonly state: "done"; readonly comparison: Comparison }
  | { readonly state: "refused"; readonly message: string };

interface Running {
  readonly result: Signal<ComparisonState>;
  readonly control: AbortController;
}

const running = new Map<string, Running>();

/** Begins the comparison of two models, or returns the one that was begun. */
export function comparisonOf(a: OpenModel, b: OpenModel): Running {
  const key = JSON.stringify([a.source.id, b.source.id]);
  const known = running.get(key);
  if (known !== undefined) return known;
  const begun: Running = {
    result: signal<ComparisonState>({ state: "working", done: 0, of: 0 }),
    control: new AbortController(),
  };
  running.set(key, begun);
  void compareBoth(a, b, begun).then(
    (comparison) => {
      begun.result.value = { state: "done", comparison };
    },
    (error: unknown) => {
      running.delete(key);
      const message = error instanceof Error ? error.message : String(error);
      begun.result.value = { state: "refused", message };
    },
  );
  return begun;
}

async function compareBoth(
  { source: a }: OpenModel,
  { source: b }: OpenModel,
  { result, control }: Running,
): Promise<Comparison> {
  if (a.compareWith !== undefined) return a.compareWith(b, control.signal);
  if (a.input === undefined || b.input === undefined)
    throw new Error(
      "the weights of both models are needed to compare them, and a report has only numbers. Open the weight files " +
        "themselves, or make the comparison with `eigenscope compare A B --json` and open that file.",
    );
  const { compare } = await import("#eigenscope/browser/index.js");
  return compare(a.input, b.input, {
    signal: control.signal,
    onProgress: ({ layersDone, layersTotal }) => {
      result.value = { state: "working", done: layersDone, of: layersTotal };
    },
  });
}
