import { computed, type ReadonlySignal } from "@preact/signals";
import {
  type Finding,
  findingsOf,
  headlineOf,
  type LayerGroup,
  layerGroups,
  type ReportSummary,
  type SkippedRecord,
} from "#eigenscope/analysis/index.js";
import { type ViewLayer, viewLayers } from "#eigenscope/report/view/index.js";
import type { OpenModel } from "./models.js";

/** What the views of one model show, from its events and its report. */
export interface ViewModel {
  readonly layers: ReadonlySignal<readonly ViewLayer[]>;
  readonly findings: ReadonlySignal<readonly Finding[]>;
  /** Experts and heads: what is known of them so far. */
  readonly groups: ReadonlySignal<readonly LayerGroup[]>;
  readonly headline: ReadonlySignal<string>;
  readonly skipped: ReadonlySignal<readonly SkippedRecord[]>;
  readonly summary: ReadonlySignal<ReportSummary | null>;
  readonly pending: ReadonlySignal<number>;
}

const made = new WeakMap<OpenModel, ViewModel>();

/** The view model of an open model, made once. */
export function viewModelOf(model: OpenModel): ViewModel {
  const known = made.get(model);
  if (known !== undefined) return known;
  const { run, report } = model;
  const checkpoint = computed(() => run.value.checkpoints.at(-1));
  const states = computed(() => checkpoint.value?.layers ?? []);
  const records = computed(() => states.value.flatMap(({ record }) => (record === null ? [] : [record])));
  // What all layers together say is asked at most once a second: it costs all of them.
  const judged = computed(() =>
    (model.judged.value.checkpoints.at(-1)?.layers ?? []).flatMap(({ record }) => (record === null ? [] : [record])),
  );
  const findings = computed(() => report.value?.findings ?? findingsOf(judged.value));
  let before: readonly ViewLayer[] = [];
  const view: ViewModel = {
    layers: computed(() => {
      before = viewLayers(states.value, findings.value, before);
      return before;
    }),
    findings,
    groups: computed(() => report.value?.groups ?? layerGroups(judged.value)),
    headline: computed(() =>
      judged.value.length === 0
        ? "Nothing is known yet."
        : (report.value?.summary.headline ?? headlineOf(judged.value, findings.value).headline),
    ),
    skipped: computed(() => checkpoint.value?.skipped ?? []),
    summary: computed(() => report.value?.summary ?? null),
    pending: computed(() => states.value.length - records.value.length),
  };
  made.set(model, view);
  return view;
}
