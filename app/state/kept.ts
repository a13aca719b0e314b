import { signal } from "@preact/signals";
import type { LayerDetail, Report, RunEvent } from "#eigenscope/analysis/index.js";
import type { BrowserStore, ResultEntry } from "#eigenscope/browser/index.js";
import type { ModelSource } from "../sources/source.js";

/** Results that this browser keeps, the last used first; null before they are known. */
export const kept = signal<readonly ResultEntry[] | null>(null);
/** Why nothing outlives the page; null if it does. */
export const keptWarning = signal<string | null>(null);

let opening: Promise<BrowserStore> | undefined;

async function store(): Promise<BrowserStore> {
  opening ??= import("#eigenscope/browser/index.js").then(({ openBrowserStore }) => openBrowserStore());
  const opened = await opening;
  keptWarning.value = opened.warning;
  return opened;
}

/** Lists what is kept. */
export async function listKept(): Promise<void> {
  kept.value = await (await store()).results.list();
}

/** Keeps the results of a model (never its weights), so that it can be opened again without its file. */
export async function keep(
  source: Pick<ModelSource, "id" | "detail">,
  { report, events }: { readonly report: Report; readonly events: readonly RunEvent[] },
): Promise<void> {
  const { results } = await store();
  await results.put(source.id, { report, events, details: detailsOf(report, source) });
  await listKept();
}

async function* detailsOf({ layers }: Report, { detail }: Pick<ModelSource, "detail">) {
  for (const { layer_id } of layers) {
    const found = await detail(layer_id);
    if (found !== null) yield [layer_id, found] as const;
  }
}

/** A model of which the results are kept; undefined if there is none of that id. */
export async function keptSource(id: string): Promise<ModelSource | undefined> {
  const { results } = await store();
  const entry = (await results.list()).find((one) => one.id === id);
  const found = entry === undefined ? undefined : await results.get(id);
  if (entry === undefined || found === undefined) return undefined;
  return {
    id,
    label: entry.label,
    kind: "stored",
    async start(onEvent): Promise<Report> {
      for (const event of found.events) onEvent(event);
      return found.report;
    },
    detail: async (layer): Promise<LayerDetail | null> => (await results.detail(id, layer)) ?? null,
  };
}

export async function forgetKept(): Promise<void> {
  await (await store()).clear();
  await listKept();
}
