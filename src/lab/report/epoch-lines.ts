import { phaseLabelOf } from "../../report/text-parts.js";
import type { EpochRecord } from "../experiments/run-record.js";
import { statistic } from "../experiments/statistic.js";
import type { EpochLine } from "./epoch-chart.js";
import type { SweepPoint } from "./sweep-points.js";

/** A number of the recorded epochs, one line per point: the mean over the seeds that have it. */
export function epochLines(
  points: readonly SweepPoint[],
  value: (record: EpochRecord) => number | null | undefined,
): EpochLine[] {
  return points.map(({ label, rows }) => {
    const byEpoch = new Map<number, EpochRecord[]>();
    for (const record of rows.flatMap(({ run }) => run.epochs))
      byEpoch.set(record.epoch, [...(byEpoch.get(record.epoch) ?? []), record]);
    const values = [...byEpoch].flatMap(([epoch, records]) => {
      const found = statistic(records.map(value));
      return found === null ? [] : [{ epoch, value: found.mean }];
    });
    values.sort((a, b) => a.epoch - b.epoch);
    return { label, phaseLabel: phaseLabelOf(rows[0].fc1), values };
  });
}
