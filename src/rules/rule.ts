/** What a value of a rule is. */
export type Kind = "number" | "text" | "truth";
/** The value of a column or an expression; null: not available. */
export type Value = number | string | boolean | null;

export type Comparator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "like";
export type Operator = "+" | "-" | "*" | "/";

/** A rule as a tree. Every node of the checked tree knows its kind; `at` is its place in the text. */
export type RuleNode =
  | { readonly node: "literal"; readonly at: number; readonly value: number | string | boolean }
  | { readonly node: "null"; readonly at: number }
  | { readonly node: "column"; readonly at: number; readonly name: string }
  | { readonly node: "negative"; readonly at: number; readonly of: RuleNode }
  | {
      readonly node: "arithmetic";
      readonly at: number;
      readonly operator: Operator;
      readonly left: RuleNode;
      readonly right: RuleNode;
    }
  | {
      readonly node: "comparison";
      readonly at: number;
      readonly comparator: Comparator;
      readonly left: RuleNode;
      readonly right: RuleNode;
    }
  | { readonly node: "not"; readonly at: number; readonly of: RuleNode }
  | { readonly node: "and" | "or"; readonly at: number; readonly terms: readonly RuleNode[] }
  /** Share of the model's layers with a value in this column that have this one. */
  | {
      readonly node: "share";
      readonly at: number;
      readonly column: string;
      readonly value: number | string | boolean;
    }
  /** For how many of the model's layers the rule holds. */
  | { readonly node: "count"; readonly at: number; readonly rule: RuleNode }
  /** The column's value `readings` readings ago ("was"), or the highest of those since then, this one not included. */
  | { readonly node: "was" | "highest"; readonly at: number; readonly column: string; readonly readings: number }
  /** Whether the rule has held in each of the last `readings` readings, this one included. */
  | { readonly node: "for"; readonly at: number; readonly readings: number; readonly rule: RuleNode };

/** A rule that was read and checked. */
export interface Rule {
  /** As the user wrote it. */
  readonly text: string;
  readonly root: RuleNode;
  /** True if it asks nothing of a single layer: only `share`, `count` and numbers. */
  readonly ofModel: boolean;
}

/** What a rule may name. */
export interface RuleColumns {
  /**
   * The kind of a column of a layer, or of `compare.<column>`; undefined if there is no such column. Throws an `Error`
   * whose message says why a column that exists cannot be used here ("needs --randomize").
   */
  readonly kindOf: (name: string) => Kind | undefined;
  /** The words that a text column can hold, if they are few and known; undefined if it may hold any text. */
  readonly wordsOf?: (name: string) => readonly string[] | undefined;
  /** All names that `kindOf` knows: for suggestions. */
  readonly names: readonly string[];
  /** Whether there are earlier readings: `was`, `highest` and `for`. */
  readonly history: boolean;
}
