import type { LayerRecord } from "../../analysis/report.js";
import { parseRule, type Rule, RuleAsker, type RuleReading } from "../../rules/index.js";
import { numberText } from "../number-text.js";
import { type AlarmRule, DEFAULT_ALARMS } from "./alarm-rules.js";
import { ruleColumns } from "./rule-columns.js";
import { ruleLayer } from "./rule-layer.js";

/** The layers of a training at one step, by names that stay. */
export interface TrainingReading {
  readonly step: number;
  readonly layers: ReadonlyMap<string, LayerRecord>;
}

/** A rule that holds for a layer, at the first reading at which it does. */
export interface Alarm {
  readonly rule: AlarmRule;
  readonly layer: string;
  readonly step: number;
  /** The meaning, with the number before and at that reading. */
  readonly sentence: string;
}

/**
 * The alarms of a training, newest first: each rule once per layer, at the first reading for which it holds. Readings
 * ascend in their steps. Throws `RuleError` if a rule cannot be read.
 */
export function alarmsOf(readings: readonly TrainingReading[], rules: readonly AlarmRule[] = DEFAULT_ALARMS): Alarm[] {
  const columns = ruleColumns({ options: [], compare: "none", history: true });
  const parsed = rules.map((rule): [AlarmRule, Rule] => [rule, parseRule(rule.rule, columns)]);
  const fired = new Set<string>();
  const alarms: Alarm[] = [];
  let before: RuleReading | undefined;
  for (const [k, { step, layers }] of readings.entries()) {
    const asked = new Map([...layers].map(([name, record]) => [name, ruleLayer(record)] as const));
    const reading: RuleReading = { layers: asked, ...(before !== undefined && { before }) };
    const asker = new RuleAsker(reading);
    for (const [rule, tree] of parsed)
      for (const layer of asker.layersWhere(tree)) {
        const key = `${rule.name}\0${layer}`;
        if (fired.has(key)) continue;
        fired.add(key);
        alarms.push({ rule, layer, step, sentence: sentenceOf(rule, layer, readings.slice(0, k + 1)) });
      }
    before = reading;
  }
  return alarms.reverse();
}

/** Readings back to the value that is quoted beside the present one. */
const QUOTED_READINGS = 10;

function sentenceOf({ meaning, quotes }: AlarmRule, layer: string, readings: readonly TrainingReading[]): string {
  const now = readings[readings.length - 1].layers.get(layer)?.[quotes] ?? null;
  const then = readings[Math.max(0, readings.length - 1 - QUOTED_READINGS)].layers.get(layer)?.[quotes] ?? null;
  const words = { alpha: "Alpha", stable_rank: "Stable rank", mp_soft_rank: "Soft rank" }[quotes];
  return `${meaning} ${words} ${numberText(then)} → ${numberText(now)}.`;
}
