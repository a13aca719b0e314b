import type { CheckpointState, RunState } from "../../analysis/events/run-state.js";
import { type AlarmRule, DEFAULT_ALARMS, ownAlarm } from "./alarm-rules.js";
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
 * The alarms that a watch has told, newest first, in the words of its rules. A rule of the reader's own, which the
 * stream names only, says that it holds.
 */
export function toldAlarms(readings: readonly TrainingReading[], told: RunState["alarms"]): Alarm[] {
  const keyOf = (rule: string, layer: string, step: number): string => JSON.stringify([rule, layer, step]);
  const usual = new Map(alarmsOf(readings).map((alarm) => [keyOf(alarm.rule.name, alarm.layer, alarm.step), alarm]));
  const alarms = told.map(({ rule: name, layer, step }): Alarm => {
    const rule = DEFAULT_ALARMS.find((known) => known.name === name) ?? ownAlarm(name);
    return usual.get(keyOf(name, layer, step)) ?? { rule, layer, step, sentence: rule.meaning };
  });
  return alarms.sort((a, b) => b.step - a.step);
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
