import { VERSION } from "../../analysis/version.js";
import { printable } from "../../bytes/errors.js";
import { html, pageShell } from "../../report/page-parts.js";
import { DATA_SETS } from "../data/data-sets.js";
import type { TrainingSettings } from "../experiments/experiment.js";
import { accuracySection } from "./accuracy-section.js";
import { layerSection } from "./layer-section.js";
import { LAB_STYLE } from "./page-style.js";
import { phaseGrid } from "./phase-grid.js";
import { pointTable } from "./point-table.js";
import { remarksOf } from "./remarks.js";
import { axisName, axisValue, variedAxes } from "./sort-runs.js";
import { analysedLayers, layerPoints, type SweepResults, sweepPoints } from "./sweep-points.js";

/**
 * A sweep as one self-contained page: the table, the spectra of every dense layer, phases by point and by epoch, and
 * the numbers next to published ones. The second argument is ignored: earlier versions needed a document.
 */
export function renderLabPage(results: SweepResults, _options?: { readonly document?: unknown }): string {
  const points = sweepPoints(results.runs);
  const layers = analysedLayers(points).map((name) => ({
    name,
    points: layerPoints(points, name, results.eigenvalues),
  }));
  const axes = variedAxes(results.runs);
  const axis = axes.map((varied) => (varied === "batch" ? "batch size b" : axisName(varied))).join(", ");
  const looks = { style: LAB_STYLE, ...(layers.length > 0 && { skipTo: { id: "runs", name: "the table" } }) };
  return pageShell(
    { generator: `eigenscope ${VERSION}`, title: `${printable(results.name)} · eigenscope lab`, kind: "lab", ...looks },
    html`<main id="main" tabindex="-1">
<div class="headline">
<h1>${printable(results.name)}</h1>
${results.description !== "" && html`<p>${results.description}</p>`}
</div>
${points.length > 0 && html`<p class="note">${settingsSentence(points[0].rows[0].run.settings, axes)}</p>`}
${points.length === 0 && html`<p>No run has recorded anything yet.</p>`}
${layers.length > 0 && pointTable(layers[0].points, axis)}
${remarksOf(results.runs, points).map((remark) => html`<p class="message">${remark}</p>`)}
${points.length > 0 && accuracySection(points, axis)}
${layers.map(({ name, points }) => layerSection(name, points, { axis, grid: phaseGrid(points, name) }))}
</main>`,
  );
}

/** The settings that all runs have in common. */
function settingsSentence(settings: TrainingSettings, varied: readonly string[]): string {
  const { network, data, loss, rateDecay, momentum, epochs, steps } = settings;
  const constant = (["batch", "rate", "weightDecay", "l2", "dropout"] as const)
    .filter((axis) => !varied.includes(axis) && settings[axis] !== null && settings[axis] !== 0)
    .map((axis) => `${axisName(axis)} ${axisValue(settings, axis)}`);
  const length = steps === null ? `${epochs} epochs` : `${steps} updates`;
  return [
    `${printable(network.name)} on ${data.train} images of ${DATA_SETS[data.set].title} (${data.test} to ` +
      `test), ${data.preprocessing}`,
    loss,
    ...constant,
    rateDecay === 1 ? null : `rate × ${rateDecay} per epoch`,
    `momentum ${momentum}`,
    length,
  ]
    .filter((part) => part !== null)
    .join(" · ");
}
