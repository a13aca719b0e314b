import type { LayerRecord } from "../../analysis/report.js";
import { parseRule, type Rule, RuleAsker, type RuleNode, type RuleReading } from "../../rules/index.js";
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
  /** The layer's name, or `ALL_LAYERS` for a rule over the whole model. */
  readonly layer: string;
  readonly step: number;
  /** The meaning, with the number before and at that reading. */
  readonly sentence: string;
}

/** A reading with its layers as rules see them. */
interface AskedReading extends TrainingReading {
  readonly rows: RuleReading["layers"];
}

/** What stands for the layer of a rule over the whole model. */
export const ALL_LAYERS = "all layers";
/** Readings back to the value that is quoted beside the present one, or to the first of those whose highest is. */
const QUOTED_READINGS = 10;

/**
 * Asks rules of the readings of a training as they come: each rule once per layer, at the first reading for which it
 * holds. It holds as many readings as the rules look back and the sentences quote, whatever the length of the training.
 */
export class AlarmWatch {
  readonly #rules: readonly (readonly [AlarmRule, Rule])[];
  readonly #fired = new Set<string>();
  /** By ascending step. */
  readonly #readings: AskedReading[] = [];
  /** How many earlier readings are held. */
  readonly depth: number;

  /** Throws `RuleError` if a rule cannot be read. */
  constructor(rules: readonly AlarmRule[] = DEFAULT_ALARMS) {
    const columns = ruleColumns({ options: [], compare: "none", history: true });
    this.#rules = rules.map((rule) => [rule, parseRule(rule.rule, columns)] as const);
    this.depth = Math.max(QUOTED_READINGS, ...this.#rules.map(([, { root }]) => readingsBack(root)));
  }

  /** An alarm that was given before, by another process: it does not come again. */
  fired({ rule, layer }: { readonly rule: string; readonly layer: string }): void {
    this.#fired.add(keyOf(rule, layer));
  }

  /** Takes a reading that was asked before, by another process: later ones look back to it. */
  recall(reading: TrainingReading): void {
    this.#insert(reading);
    this.#trim();
  }

  /** The reading of a step was given a wrong step, and comes again at another one. */
  forget(step: number | null | undefined): void {
    const at = this.#readings.findIndex((reading) => reading.step === step);
    if (at >= 0) this.#readings.splice(at, 1);
  }

  /**
   * The new alarms of a reading, in the order of rules and layers. A reading may come behind one of a later step: it is
   * then asked at its own place. One of a step that was read takes the place of that.
   */
  next(reading: TrainingReading): Alarm[] {
    const at = this.#insert(reading);
    const before = this.#readings.slice(0, at + 1);
    let asked: RuleReading | undefined;
    for (const { rows } of before) asked = { layers: rows, ...(asked !== undefined && { before: asked }) };
    const asker = new RuleAsker(asked as RuleReading);
    const alarms: Alarm[] = [];
    for (const [rule, tree] of this.#rules) {
      const model = tree.ofModel && asker.holdsOfModel(tree) ? [ALL_LAYERS] : [];
      for (const layer of tree.ofModel ? model : asker.layersWhere(tree)) {
        if (this.#fired.has(keyOf(rule.name, layer))) continue;
        this.#fired.add(keyOf(rule.name, layer));
        alarms.push({ rule, layer, step: reading.step, sentence: sentenceOf(rule, layer, before) });
      }
    }
    this.#trim();
    return alarms;
  }

  #insert({ step, layers }: TrainingReading): number {
    const rows = new Map([...layers].map(([name, record]) => [name, ruleLayer(record)] as const));
    const reading: AskedReading = { step, layers, rows };
    const later = this.#readings.findIndex((other) => other.step >= step);
    const at = later < 0 ? this.#readings.length : later;
    this.#readings.splice(at, this.#readings[at]?.step === step ? 1 : 0, reading);
    return at;
  }

  #trim(): void {
    this.#readings.splice(0, Math.max(0, this.#readings.length - this.depth));
  }
}

function keyOf(rule: string, layer: string): string {
  return `${rule}\0${layer}`;
}

/** How many readings before the present one a rule looks at. */
export function readingsBack(node: RuleNode): number {
  switch (node.node) {
    case "literal":
    case "null":
    case "column":
    case "share":
      return 0;
    case "was":
    case "highest":
      return node.readings;
    case "for":
      return node.readings - 1 + readingsBack(node.rule);
    case "count":
      return readingsBack(node.rule);
    case "negative":
    case "not":
      return readingsBack(node.of);
    case "and":
    case "or":
      return Math.max(...node.terms.map(readingsBack));
    default:
      return Math.max(readingsBack(node.left), readingsBack(node.right));
  }
}

function sentenceOf(rule: AlarmRule, layer: string, readings: readonly TrainingReading[]): string {
  const { meaning, quotes } = rule;
  if (quotes === undefined) return meaning;
  const values = readings.slice(-1 - QUOTED_READINGS).map(({ layers }) => layers.get(layer)?.[quotes] ?? null);
  const now = values[values.length - 1];
  const then = rule.quotesHighest === true ? highestOf(values.slice(0, -1)) : values[0];
  const words = { alpha: "Alpha", stable_rank: "Stable rank", mp_soft_rank: "Soft rank" }[quotes];
  return `${meaning} ${words} ${numberText(then)} → ${numberText(now)}.`;
}

function highestOf(values: readonly (number | null)[]): number | null {
  return values.reduce((a, b) => (b === null || (a !== null && a > b) ? a : b), null);
}
