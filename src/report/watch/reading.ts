import type { LayerRecord } from "../../analysis/report.js";
import type { Alarm } from "../gate/alarm-watch.js";

/** One checkpoint of a training, as a watch has read it. */
export interface WatchReading {
  readonly step: number;
  /** Its path below the watched folder. */
  readonly checkpoint: string;
  /** Spectra that were solved for it, and layers whose spectrum was known from an earlier one. */
  readonly solved: number;
  readonly reused: number;
  /** Those that are new at this reading. */
  readonly alarms: readonly Alarm[];
  /** The rows of its layers, in the report's order. */
  readonly records: readonly LayerRecord[];
}

/** The line of `watch --json`, and what metrics.jsonl has of a reading beside its scalars. */
export function readingFields({ step, checkpoint, records, solved, reused, alarms }: WatchReading): object {
  const told = alarms.map(({ rule, layer, sentence }) => ({ rule: rule.name, layer, sentence }));
  return { step, checkpoint, layers: records.length, solved, reused, alarms: told };
}
