import { NO_EVENTS, progressOf, type RunEvent, reduce } from "../analysis/index.js";
import type { ProgressBar } from "./progress-bar.js";

/** Shows the state that the events of an analysis lead to. */
export function shownBy(bar: ProgressBar): (event: RunEvent) => void {
  let state = NO_EVENTS;
  return (event) => {
    state = reduce(state, event);
    const { last, ...counts } = progressOf(state);
    bar.update({ ...counts, ...(last !== null && { last: { record: last } }) });
  };
}
