import type { LayerRecord } from "../../analysis/report.js";
import { PHASES } from "../../phases/phase.js";
import { PHASE_LABELS, phaseLabelOf } from "../phase-style.js";
import { readingFields, type WatchReading } from "./reading.js";

/** A number of a reading, under its name in metrics.jsonl and its tag in TensorBoard. */
export type Scalar = readonly [tag: string, value: number];

/** The numbers of a layer that are kept per reading. Those of the tail only where alpha is valid. */
const OF_A_LAYER = ["stable_rank", "mp_soft_rank", "log_spectral_norm", "phase_confidence"] as const;
const OF_A_TAIL = ["alpha", "alpha_weighted"] as const;
type Averaged = (typeof OF_A_LAYER)[number] | (typeof OF_A_TAIL)[number];

/**
 * The scalars of a reading: how many layers are in each phase (`phases/<name>`), means over the layers that have the
 * number (`mean/<column>`), and per layer `<column>/<layer>` and `phase/<layer>` (`phaseNumber`). Only finite numbers.
 */
export function scalarsOf({ records }: Pick<WatchReading, "records">): Scalar[] {
  const phases = PHASE_LABELS.map(
    (label): Scalar => [`phases/${label}`, records.filter((record) => phaseLabelOf(record) === label).length],
  );
  const columns = [...OF_A_TAIL, ...OF_A_LAYER];
  const means = columns.flatMap((column): Scalar[] => {
    const values = records.flatMap((record) => numberOf(record, column) ?? []);
    return values.length === 0 ? [] : [[`mean/${column}`, values.reduce((sum, x) => sum + x, 0) / values.length]];
  });
  const layers = records.flatMap((record): Scalar[] => {
    const phase = phaseNumber(record);
    return [
      ...columns.flatMap((column): Scalar[] => {
        const value = numberOf(record, column);
        return value === undefined ? [] : [[`${column}/${record.longname}`, value]];
      }),
      ...(phase === undefined ? [] : [[`phase/${record.longname}`, phase] as const]),
    ];
  });
  return [...phases, ...means, ...layers];
}

function numberOf(record: LayerRecord, column: Averaged): number | undefined {
  if (column.startsWith("alpha") && !record.alpha_valid) return undefined;
  const value = record[column];
  return value !== null && Number.isFinite(value) ? value : undefined;
}

/** 1 to 6 in the order of the phases, random-like first; 0 for undecided; undefined without a spectrum. */
export function phaseNumber(record: LayerRecord): number | undefined {
  const label = phaseLabelOf(record);
  if (label === "failed") return undefined;
  return label === "undecided" ? 0 : PHASES.indexOf(label) + 1;
}

/** The line of metrics.jsonl. `modifiedMs`: when the checkpoint was last changed, in milliseconds since 1970. */
export function metricsLine(reading: WatchReading, modifiedMs: number): string {
  const head = { ...readingFields(reading), time: modifiedMs / 1000 };
  return JSON.stringify({ ...head, ...Object.fromEntries(scalarsOf(reading)) });
}
