import { compileGlob } from "../layers/glob.js";
import type { Comparator, Operator, Rule, RuleNode, Value } from "./rule.js";

/** A layer as a rule sees it: the value of each column; undefined and numbers that are not finite count as null. */
export type RuleLayer = (column: string) => unknown;

/** The layers of one model at one moment. `before` is the reading before this one. */
export interface RuleReading {
  /** By a name that a layer keeps from reading to reading. */
  readonly layers: ReadonlyMap<string, RuleLayer>;
  readonly before?: RuleReading;
}

/**
 * Asks rules of the layers of one reading. Comparisons with null are false, whatever the sign; `x == null` asks for it,
 * and `x != null` for the opposite. Arithmetic with null gives null, and so does a division by zero. `not` of a
 * comparison with null is therefore true.
 */
export class RuleAsker {
  readonly #reading: RuleReading;
  /** Answers that are the same for all layers, by their nodes. */
  readonly #ofModel = new Map<RuleNode, number | null>();
  readonly #globs = new Map<string, (text: string) => boolean>();
  #before: RuleAsker | undefined;

  constructor(reading: RuleReading) {
    this.#reading = reading;
  }

  /** The names of the layers for which the rule holds, in the reading's order. */
  layersWhere({ root }: Rule): string[] {
    return [...this.#reading.layers.keys()].filter((name) => this.#isTrue(root, name));
  }

  /** Whether a rule over the whole model holds (`Rule.ofModel`). */
  holdsOfModel({ root }: Rule): boolean {
    return this.#isTrue(root, undefined);
  }

  #isTrue(node: RuleNode, layer: string | undefined): boolean {
    return this.#value(node, layer) === true;
  }

  #value(node: RuleNode, layer: string | undefined): Value {
    switch (node.node) {
      case "literal":
        return node.value;
      case "null":
        return null;
      case "column":
        return this.#column(node.name, layer);
      case "negative":
        return arithmetic("-", 0, this.#value(node.of, layer));
      case "arithmetic":
        return arithmetic(node.operator, this.#value(node.left, layer), this.#value(node.right, layer));
      case "comparison":
        return this.#compares(node, layer);
      case "not":
        return !this.#isTrue(node.of, layer);
      case "and":
        return node.terms.every((term) => this.#isTrue(term, layer));
      case "or":
        return node.terms.some((term) => this.#isTrue(term, layer));
      case "share":
        return this.#once(node, () => this.#share(node.column, node.value));
      case "count":
        return this.#once(node, () => this.#count(node.rule));
      case "was":
        return this.#valueThen(node.readings, node.column, layer);
      case "highest":
        return this.#highest(node.readings, node.column, layer);
      case "for":
        return this.#heldFor(node.readings, node.rule, layer);
    }
  }

  #compares(
    { comparator, left, right }: Extract<RuleNode, { node: "comparison" }>,
    layer: string | undefined,
  ): boolean {
    const [a, b] = [this.#value(left, layer), this.#value(right, layer)];
    // Only == and != take the word null.
    if (left.node === "null" || right.node === "null") return (a === b) === (comparator === "==");
    if (a === null || b === null) return false;
    return comparator === "like" ? this.#glob(b as string)(a as string) : compared(comparator, a, b);
  }

  #column(name: string, layer: string | undefined): Value {
    const value = layer === undefined ? null : this.#reading.layers.get(layer)?.(name);
    if (typeof value === "number") return Number.isFinite(value) ? value : null;
    return typeof value === "string" || typeof value === "boolean" ? value : null;
  }

  #share(column: string, wanted: Value): number | null {
    const values = [...this.#reading.layers.keys()].map((layer) => this.#column(column, layer));
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.filter((value) => value === wanted).length / known.length;
  }

  #count(rule: RuleNode): number {
    return [...this.#reading.layers.keys()].filter((layer) => this.#isTrue(rule, layer)).length;
  }

  #once(node: RuleNode, work: () => number | null): number | null {
    const known = this.#ofModel.get(node);
    if (known !== undefined) return known;
    const value = work();
    this.#ofModel.set(node, value);
    return value;
  }

  #heldFor(readings: number, rule: RuleNode, layer: string | undefined): boolean {
    let asker: RuleAsker | undefined = this;
    for (let k = 0; k < readings; k++) {
      if (asker === undefined || !asker.#isTrue(rule, layer)) return false;
      asker = asker.#ago(1);
    }
    return true;
  }

  #valueThen(readings: number, column: string, layer: string | undefined): Value {
    const then = this.#ago(readings);
    return then === undefined ? null : then.#column(column, layer);
  }

  /** Of the readings before this one that have a number; null if none has. */
  #highest(readings: number, column: string, layer: string | undefined): number | null {
    let highest: number | null = null;
    let asker = this.#previous();
    for (let k = 0; k < readings && asker !== undefined; k++) {
      const value = asker.#column(column, layer);
      if (typeof value === "number" && (highest === null || value > highest)) highest = value;
      asker = asker.#previous();
    }
    return highest;
  }

  /** The asker of an earlier reading; undefined if there is none so far back. */
  #ago(readings: number): RuleAsker | undefined {
    let asker: RuleAsker | undefined = this;
    for (let k = 0; k < readings && asker !== undefined; k++) asker = asker.#previous();
    return asker;
  }

  #previous(): RuleAsker | undefined {
    const { before } = this.#reading;
    if (before === undefined) return undefined;
    this.#before ??= new RuleAsker(before);
    return this.#before;
  }

  #glob(glob: string): (text: string) => boolean {
    const known = this.#globs.get(glob) ?? compileGlob(glob);
    this.#globs.set(glob, known);
    return known;
  }
}

/** A number, or null if a part is missing or the result is not finite. */
function arithmetic(operator: Operator, a: Value, b: Value): number | null {
  if (typeof a !== "number" || typeof b !== "number") return null;
  const results: Readonly<Record<Operator, number>> = { "+": a + b, "-": a - b, "*": a * b, "/": a / b };
  return Number.isFinite(results[operator]) ? results[operator] : null;
}

function compared(comparator: Exclude<Comparator, "like">, a: Exclude<Value, null>, b: Exclude<Value, null>): boolean {
  switch (comparator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}
