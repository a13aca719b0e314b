import { type LayerDetail, layerDetail, type Report, type RunEvent } from "#eigenscope/analysis/index.js";
import { analyze, type Input, shuffledSpectrum } from "#eigenscope/browser/index.js";
import { identityOf } from "./identity.js";
import type { ModelSource } from "./source.js";

/** A model whose weights this page reads and solves, in workers. Nothing leaves the page. */
export async function pageSource(input: Input): Promise<ModelSource> {
  let wanted: number | undefined;
  const details = new Map<number, LayerDetail | null>();
  return {
    id: await identityOf(input),
    label: labelOf(input),
    kind: "page",
    input,
    async start(onEvent: (event: RunEvent) => void, signal: AbortSignal): Promise<Report> {
      const analysis = analyze(input, { signal, onEvent, wanted: () => wanted });
      for await (const result of analysis) details.set(result.record.layer_id, layerDetail(result));
      return analysis.report();
    },
    prefer(layer) {
      wanted = layer;
    },
    shuffled: (layer) => shuffledSpectrum(input, layer),
    detail: async (layer) => details.get(layer) ?? null,
  };
}

function labelOf(input: Input): string {
  if (typeof input === "string") return input.replace(/^.*\/(?=[^/]+$)/, (path) => (path.includes("://") ? "" : path));
  if (input instanceof File) return input.name;
  if ("label" in input) return input.label;
  const [first] = input;
  const folder = first?.webkitRelativePath.split("/")[0];
  return folder || (input.length === 1 ? first.name : `${first?.name} and ${input.length - 1} more`);
}
