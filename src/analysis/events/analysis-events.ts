import { blockName, type Layer } from "../../layers/index.js";
import { finiteLayer, finiteSummary } from "../finite.js";
import type { LayerResult } from "../layer-result.js";
import type { ReportSummary, SkippedRecord } from "../report.js";
import type { LayerTask } from "../solve-layers.js";
import type { Digest } from "../store/digest.js";
import type { EventLog } from "../store/run-keeper.js";
import { eventStream, type LayerOutline, type RunEvent, type RunEventBody } from "./run-event.js";

/** The one place where an analysis makes its events. */
export interface AnalysisEvents {
  planned(tasks: readonly Pick<LayerTask<unknown>, "layer" | "work">[], skipped: readonly SkippedRecord[]): void;
  /** The spectrum of a layer was not in the store. */
  readonly onSolved: (layer: Pick<Layer, "index">) => void;
  layer(result: LayerResult): void;
  ended(summary: ReportSummary): void;
}

export interface EventsOf {
  /** What the user named. It is the checkpoint's name too, unless the contents of the files are known. */
  readonly label: string;
  /** Identity of the files, where a run is kept. */
  readonly files?: Digest;
  /** Whether spectra may come from a store: `onSolved` then tells which did not. Default: where a run is kept. */
  readonly recalls?: boolean;
  /** Where a run keeps the events of this process. */
  readonly log?: EventLog | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** The writer of an analysis that is not kept: it is alone in its stream. */
const ALONE = "analysis";

/** Events of one analysis, each to the log first, then to `onEvent`. Without both nothing is made. */
export function analysisEvents({
  label,
  files,
  recalls = files !== undefined,
  log,
  onEvent,
}: EventsOf): AnalysisEvents {
  const stream = eventStream(log?.writer ?? ALONE);
  const checkpoint = files ?? label;
  const solved = new Set<number>();
  const emit = (body: () => RunEventBody): void => {
    if (log === undefined && onEvent === undefined) return;
    const event = stream(body());
    log?.write(event);
    onEvent?.(event);
  };
  return {
    onSolved: ({ index }) => solved.add(index),
    planned: (tasks, skipped) =>
      emit(() => ({ type: "planned", checkpoint, label, layers: outlinesOf(tasks), skipped: skipped.map(plain) })),
    layer: ({ layer, record, picture, error }) => {
      // A layer that could not be read has no outcome by content, and none was recalled.
      const reused = recalls && error === undefined && !solved.has(layer.index);
      emit(() => ({ type: "layer", checkpoint, record: finiteLayer(record), picture, reused }));
    },
    ended: (summary) => emit(() => ({ type: "ended", checkpoint, summary: finiteSummary(summary) })),
  };
}

function outlinesOf(tasks: readonly Pick<LayerTask<unknown>, "layer" | "work">[]): LayerOutline[] {
  return tasks
    .map(({ layer: { index, name, type, shape, block, role, N, M, rf }, work }) => {
      const block_name = blockName(name);
      return { layer_id: index, name, layer_type: type, shape, block, block_name, role, N, M, rf, work };
    })
    .sort((a, b) => a.layer_id - b.layer_id);
}

function plain({ name, shape, dtype, reason }: SkippedRecord): SkippedRecord {
  return { name, shape, dtype, reason };
}
