import { layerWork } from "../../analysis/layer-task.js";
import { findFiles, openModelOnBase } from "../../analysis/merged-model.js";
import type { OpenedModel } from "../../analysis/open-model.js";
import type { ResolvedOptions } from "../../analysis/options.js";
import { type Planning, type RunPlan, runPlanOf } from "../../analysis/store/run-keeper.js";
import { callableLayers } from "../../analysis/workers/call-layer.js";
import { shareModel } from "../../analysis/workers/shared-model.js";
import { stampedFiles } from "../../analysis/workers/stamped-files.js";
import type { FileSet } from "../../formats/index.js";
import type { Layer } from "../../layers/index.js";
import { baseOf, sourceOf } from "../named-source.js";
import type { OnHost } from "../open-input.js";

/** A model, and the base that it is merged onto, by their addresses. */
export interface SourceAddress {
  readonly source: string;
  readonly base?: string | undefined;
}

/** A model whose layers are planned; `close` releases its files. */
export interface OpenedSource {
  readonly model: OpenedModel;
  /** Layers that worker threads can read by themselves, in the report's order. */
  readonly layers: readonly Layer[];
  /** Floating-point operations of a layer, with what the options ask for. */
  work(layer: Layer): number;
  planOf(options: RunPlan["options"]): Promise<RunPlan>;
  close(): Promise<void>;
}

/** Opens a model and plans it, as an analysis does. Reads no weights. Rejects as an analysis does. */
export async function openSource(
  { source, base, host }: SourceAddress & OnHost,
  options: ResolvedOptions,
  signal?: AbortSignal,
): Promise<OpenedSource> {
  const found = await findFiles(sourceOf(source, { signal, host }), baseOf({ base, signal, host }));
  const files = stampedFiles(found.files);
  const onto = found.base === undefined ? undefined : stampedFiles(found.base);
  const model = await openModelOnBase({ files, base: onto }, options, signal);
  try {
    const shared = await shareModel({ files, base: onto }, model.dependsOn, options);
    return {
      model,
      layers: callableLayers(model.layers, shared),
      work: (layer) => layerWork(layer, options),
      planOf: (resolved) =>
        runPlanOf(model, onto === undefined ? [files] : [files, onto], {
          ...{ options: resolved, input: inputOf(files, model), signal },
          work: (layer) => layerWork(layer, resolved),
        }),
      close: () => model.file.close(),
    };
  } catch (cause) {
    await model.file.close();
    throw cause;
  }
}

function inputOf({ label }: FileSet, { file, base, order }: OpenedModel): Planning["input"] {
  const { format, files, warnings } = file;
  return { label, format, order, files, ...(base !== undefined && { base }), warnings };
}
