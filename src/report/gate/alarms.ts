import type { CheckpointState, RunState } from "../../analysis/events/run-state.js";
import type { AlarmRule } from "./alarm-rules.js";
import { type Alarm, AlarmWatch, type TrainingReading } from "./alarm-watch.js";

/**
 * The alarms of a training, newest first: each rule once per layer, at the first reading for which it holds. Readings
 * ascend in their steps. Throws `RuleError` if a rule cannot be read.
 */
export function alarmsOf(readings: readonly TrainingReading[], rules?: readonly AlarmRule[]): Alarm[] {
  const watch = new AlarmWatch(rules);
  return readings.flatMap((reading) => watch.next(reading)).reverse();
}

/**
 * The readings of a training, by ascending step: the checkpoints of which all layers are known. Of several readings of
 * one step (its file was written over) the last one counts.
 */
export function trainingReadings({ checkpoints }: RunState): TrainingReading[] {
  const bySteps = new Map<number, TrainingReading>();
  for (const checkpoint of checkpoints) {
    const reading = checkpoint.state === "done" ? readingOf(checkpoint) : undefined;
    if (reading !== undefined) bySteps.set(reading.step, reading);
  }
  return [...bySteps.values()].sort((a, b) => a.step - b.step);
}

function readingOf({ step, layers }: CheckpointState): TrainingReading | undefined {
  const named = layers.flatMap(({ record }) => (record === null ? [] : [[record.longname, record] as const]));
  return step === null || named.length === 0 ? undefined : { step, layers: new Map(named) };
}
