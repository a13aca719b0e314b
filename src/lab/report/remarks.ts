import { plural } from "../../report/text-parts.js";
import type { Run } from "../experiments/run-record.js";
import type { SweepPoint } from "./sweep-points.js";

/** Warnings about the phases: runs that are not finished, and runs that have not learned. */
export function remarksOf(runs: readonly Run[], points: readonly SweepPoint[]): string[] {
  const rows = points.flatMap((point) => point.rows);
  const unfinished = runs.filter(({ finished }) => !finished).map(({ id }) => id);
  const unlearned = rows.filter(({ learned }) => !learned).map(({ run }) => run.id);
  return [
    unfinished.length > 0
      ? `${plural(unfinished.length, "run is", "runs are")} not finished: ${unfinished.join(", ")}.`
      : null,
    unlearned.length > 0
      ? `${plural(unlearned.length, "run has", "runs have")} not learned (train accuracy near chance): the ` +
        `spectrum can look heavy-tailed because the network is broken. ${unlearned.join(", ")}.`
      : null,
  ].filter((remark) => remark !== null);
}
