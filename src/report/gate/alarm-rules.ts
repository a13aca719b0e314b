/** A rule that watches a training. */
export interface AlarmRule {
  readonly name: string;
  /** In the grammar of rules, with `was`, `highest` and `for`. */
  readonly rule: string;
  /** What it means, for the list of alarms. */
  readonly meaning: string;
  /** The column whose change is quoted. Absent: none. */
  readonly quotes?: "alpha" | "stable_rank" | "mp_soft_rank";
  /** Beside its present value, the highest of the 10 readings before; otherwise the one of 10 readings before. */
  readonly quotesHighest?: boolean;
}

/** What a training is watched for unless the reader says otherwise. */
export const DEFAULT_ALARMS: readonly AlarmRule[] = [
  {
    name: "rank-collapse",
    rule: 'phase == "rank-collapse" and was(phase, 1) != "rank-collapse"',
    meaning: "Directions carry nothing any more.",
    quotes: "stable_rank",
  },
  {
    name: "narrowing",
    rule: "stable_rank < 0.5 * highest(stable_rank, 10)",
    meaning: "Narrowing: the stable rank fell by half within 10 readings.",
    quotes: "stable_rank",
    quotesHighest: true,
  },
  {
    name: "alpha-below-2",
    rule: "for(3, alpha_valid and alpha < 2)",
    meaning: "Alpha below 2 for 3 readings.",
    quotes: "alpha",
  },
  {
    name: "not-finite",
    rule: 'status == "failed" and was(status, 1) == "success"',
    meaning: "The weights have no spectrum any more: look for NaN and infinity.",
    quotes: "stable_rank",
  },
  {
    name: "standstill",
    // The first reading has none before it: nothing is equal there, and nothing differs.
    rule:
      "for(20, count(norm == was(norm, 1)) > 0 and " +
      "count(norm != was(norm, 1) or lambda_max != was(lambda_max, 1)) == 0)",
    meaning: "No layer has changed for 20 readings: look for a rate of 0, or for frozen weights.",
  },
];

/** A rule of the reader's own: its text is its name. */
export function ownAlarm(rule: string): AlarmRule {
  return { name: rule, rule, meaning: `${rule} holds.` };
}
