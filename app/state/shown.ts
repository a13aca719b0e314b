import { computed, type ReadonlySignal } from "@preact/signals";
import type { ViewLayer } from "#eigenscope/report/view/index.js";
import { filtersOf, type Matching, matching } from "./filters.js";
import { query } from "./route.js";
import type { ViewModel } from "./view-model.js";

/** The layers that the filters of the address leave: the rows of the table, and those that are not dimmed elsewhere. */
export interface Shown extends Matching {
  readonly set: ReadonlySet<ViewLayer>;
}

/** The part of the address that filters: a change of anything else asks no filter again. */
const filters = computed(() => {
  const only = new URLSearchParams();
  for (const name of ["phase", "find", "block", "role", "look"]) {
    const value = query.value.get(name);
    if (value !== null) only.set(name, value);
  }
  return only.toString();
});

const made = new WeakMap<ViewModel, ReadonlySignal<Shown>>();

/** What is shown of a model, asked once per change of its layers or filters. */
export function shownOf(view: ViewModel): ReadonlySignal<Shown> {
  const known = made.get(view);
  if (known !== undefined) return known;
  const shown = computed((): Shown => {
    const found = matching(view.layers.value, filtersOf(new URLSearchParams(filters.value)));
    return { ...found, set: new Set(found.layers) };
  });
  made.set(view, shown);
  return shown;
}
