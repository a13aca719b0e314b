import type { Values } from "../formats/index.js";

/** What stands in the way of a spectrum, if anything does. */
export type WeightsState =
  | { readonly state: "regular" }
  | { readonly state: "non-finite"; readonly nan: number; readonly infinite: number }
  | { readonly state: "zero" }
  | { readonly state: "constant"; readonly value: number };

/** Looks at every weight once: NaN or Inf, all zero, all equal, or regular. */
export function weightsState(values: Values): WeightsState {
  const first = values[0];
  let constant = true;
  let nan = 0;
  let infinite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== first) constant = false;
    if (value - value !== 0) {
      if (Number.isNaN(value)) nan++;
      else infinite++;
    }
  }
  if (nan + infinite > 0) return { state: "non-finite", nan, infinite };
  if (constant && first === 0) return { state: "zero" };
  return constant ? { state: "constant", value: first } : { state: "regular" };
}

/** One sentence for the report; null where nothing is wrong. */
export function describeState(state: WeightsState, count: number): string | null {
  switch (state.state) {
    case "regular":
      return null;
    case "non-finite":
      return `${state.nan + state.infinite} of ${count} weights are not finite (${state.nan} NaN, ${state.infinite} Inf)`;
    case "zero":
      return `all ${count} weights are zero`;
    case "constant":
      return `all ${count} weights equal ${state.value}`;
  }
}
