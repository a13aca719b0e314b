import type { JSX } from "preact";
import type { OpenModel } from "../state/models.js";
import { openModel } from "../state/models.js";

/** How far the work is, while it lasts: layers, time left, a way to stop. */
export function Work({ model }: { model: OpenModel }): JSX.Element | null {
  const progress = model.progress.value;
  const counts = model.run.value.checkpoints.at(-1)?.counts;
  if (progress.state === "done" || counts === undefined) return null;
  const { layersDone, layersTotal, workDone, workTotal, workReused } = counts;
  const share = workTotal === 0 ? 0 : workDone / workTotal;
  if (progress.state === "stopped")
    return (
      <div class="progress">
        <span>
          Stopped after <b>{layersDone}</b> of {layersTotal} layers. What is done stays.
        </span>
        <span class="push" />
        <button type="button" class="button" onClick={() => openModel(model.source)}>
          Begin again
        </button>
      </div>
    );
  const elapsed = progress.state === "working" ? performance.now() - progress.since : 0;
  const done = workDone - workReused;
  const left = done > 0 ? (elapsed * (workTotal - workDone)) / done : null;
  return (
    <div class="progress">
      <span class="num">
        <b>
          {layersDone} of {layersTotal}
        </b>{" "}
        layers, the largest first
      </span>
      <span class="track" role="progressbar" aria-label="Layers done" aria-valuenow={Math.round(100 * share)}>
        <i style={{ width: `${100 * share}%` }} />
      </span>
      <span class="quiet num">{left === null ? "" : `about ${durationText(left)} left`}</span>
      <button type="button" class="button" onClick={() => model.stop()}>
        Stop
      </button>
      {/* Spoken at quarters, not at each layer. */}
      <span class="hidden" role="status">
        {Math.floor(4 * share) * 25} % done
      </span>
    </div>
  );
}

function durationText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
