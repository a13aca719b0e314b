import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { finiteLayer, finiteSummary } from "../../analysis/finite.js";
import { eventStream, type LayerOutline, layerDetail } from "../../analysis/index.js";
import { isDone } from "../../analysis/run/report-of-kept.js";
import { digestOfFiles } from "../../analysis/store/file-identity.js";
import type { Placement } from "../../analysis/store/run-keeper.js";
import { renderJson } from "../../report/index.js";
import { RunEventReader } from "../run/event-reader.js";
import { type KeptRun, measuredLayers, readRun, reportOfRun } from "../run/read-run.js";
import { EventHistory } from "./event-history.js";
import { RUN_POLL_MS } from "./limits.js";
import { Refusal } from "./refusal.js";
import { assertDone, cancel, carryOut, type ModelWork, type ServedModel, whyNoReport } from "./served-model.js";

/** Under what name a follower adds the events that no process has written: another one each time, as processes have. */
const newWriter = (): string => `serve-${randomBytes(6).toString("hex")}`;

export interface FollowOptions extends Omit<ModelWork, "queue"> {
  /** Resolves when it is worth looking again. Rejects when the signal is aborted. */
  readonly pause?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/**
 * Follows a run in its folder until all its layers are done, whoever does them. The plan comes first, as one event for
 * all shares; then what is done, from events where the folder has them, else from the spectra in its store; then the
 * events as they are written.
 */
export function followedRun(folder: string, { label, onFault, pause = pauseOfTime }: FollowOptions): ServedModel {
  const history = new EventHistory();
  const controller = new AbortController();
  const { signal } = controller;
  let kept: Promise<KeptRun> | undefined;
  let report: Promise<string> | undefined;

  /** The run, with all that its processes have kept until now. */
  async function now(): Promise<KeptRun> {
    kept ??= readRun([folder]);
    const run = await kept;
    for (const store of run.stores) await store.refresh();
    return run;
  }

  async function work(): Promise<void> {
    history.enter({ phase: "running" });
    const run = await now();
    const { placements, skipped, input, files } = run.plan;
    const checkpoint = await digestOfFiles(files);
    const own = eventStream(newWriter());
    const layers = placements.map(outlineOf);
    history.push(own({ type: "planned", checkpoint, label: input.label, layers, skipped }));
    const reader = new RunEventReader(folder);
    const readOn = async (): Promise<void> => {
      for await (const event of reader.read()) history.push(event);
    };
    await readOn();
    const silent = undone(history, placements);
    for (const result of await measuredLayers(run, silent, { signal })) {
      const { record, picture } = result;
      if (isDone(result))
        history.push(own({ type: "layer", checkpoint, record: finiteLayer(record), picture, reused: true }));
    }
    while (undone(history, placements).length > 0) {
      await pause(signal);
      await readOn();
    }
    const { report: whole } = await reportOfRun(await now(), { signal });
    report = Promise.resolve(renderJson(whole));
    history.push(own({ type: "ended", checkpoint, summary: finiteSummary(whole.summary) }));
  }

  carryOut(history, { work, signal, onFault });
  return {
    label,
    kind: "run",
    history,
    async report() {
      if (report === undefined) throw new Refusal(404, whyNoReport(history));
      return report;
    },
    async detail(layer) {
      assertDone(history, layer);
      const run = await now();
      const placement = run.plan.placements.find((candidate) => candidate.layer.index === layer);
      const [result] = placement === undefined ? [] : await measuredLayers(run, [placement]);
      return result === undefined ? null : layerDetail(result);
    },
    // Other processes do the work, in their order.
    prefer() {},
    cancel: () => cancel(history, controller),
  };
}

/** The layers of the plan that have no record yet. */
function undone({ state }: EventHistory, placements: readonly Placement[]): Placement[] {
  const done = new Set(
    state.checkpoints.flatMap(({ layers }) => layers.flatMap(({ record }) => (record === null ? [] : record.layer_id))),
  );
  return placements.filter(({ layer }) => !done.has(layer.index));
}

function outlineOf({ layer: { index, name, type, shape, block, role, N, M, rf }, work }: Placement): LayerOutline {
  return { layer_id: index, name, layer_type: type, shape, block, role, N, M, rf, work };
}

/** An aborted wait rejects with an error of its own, not with the signal's reason; both end the work. */
function pauseOfTime(signal: AbortSignal): Promise<void> {
  return wait(RUN_POLL_MS, undefined, { signal });
}
