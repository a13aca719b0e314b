import { nearestName } from "./nearest-name.js";
import type { Kind, RuleColumns, RuleNode } from "./rule.js";
import { RuleError } from "./rule-error.js";

const KIND_WORDS: Readonly<Record<Kind, string>> = { number: "a number", text: "a text", truth: "true or false" };

/** The kind of a rule's value; null for the word null. Throws `RuleError` where kinds do not fit. */
export function checkedKind(node: RuleNode, rule: string, columns: RuleColumns): Kind | null {
  const kind = (of: RuleNode): Kind | null => checkedKind(of, rule, columns);
  const need = (of: RuleNode, wanted: Kind): void => {
    const found = kind(of);
    if (found !== wanted)
      throw new RuleError(
        rule,
        of.at,
        `expected ${KIND_WORDS[wanted]}, found ${found === null ? "null" : KIND_WORDS[found]}`,
      );
  };
  switch (node.node) {
    case "literal":
      return kindOfValue(node.value);
    case "null":
      return null;
    case "column":
      return columnKind(node.name, node.at, rule, columns);
    case "negative":
      need(node.of, "number");
      return "number";
    case "arithmetic":
      need(node.left, "number");
      need(node.right, "number");
      return "number";
    case "comparison":
      checkComparison(node, { rule, columns, kind, need });
      return "truth";
    case "not":
      need(node.of, "truth");
      return "truth";
    case "and":
    case "or":
      for (const term of node.terms) need(term, "truth");
      return "truth";
    case "count":
      need(node.rule, "truth");
      return "number";
    case "share":
      checkShare(node, rule, columns);
      return "number";
    case "was":
      needHistory("was", node.at, rule, columns);
      return columnKind(node.column, node.at, rule, columns);
    case "highest": {
      needHistory("highest", node.at, rule, columns);
      const found = columnKind(node.column, node.at, rule, columns);
      if (found !== "number")
        throw new RuleError(
          rule,
          node.at,
          `highest() asks for ${KIND_WORDS.number}, and ${node.column} is ${KIND_WORDS[found]}`,
        );
      return "number";
    }
    case "for":
      needHistory("for", node.at, rule, columns);
      need(node.rule, "truth");
      return "truth";
  }
}

function checkComparison(
  { comparator, left, right }: Extract<RuleNode, { node: "comparison" }>,
  {
    rule,
    columns,
    kind,
    need,
  }: {
    readonly rule: string;
    readonly columns: RuleColumns;
    readonly kind: (of: RuleNode) => Kind | null;
    readonly need: (of: RuleNode, wanted: Kind) => void;
  },
): void {
  if (comparator === "like") {
    need(left, "text");
    need(right, "text");
    return;
  }
  if (comparator !== "==" && comparator !== "!=") {
    need(left, "number");
    need(right, "number");
    return;
  }
  const [a, b] = [kind(left), kind(right)];
  if (a !== null && b !== null && a !== b)
    throw new RuleError(rule, right.at, `${KIND_WORDS[a]} cannot be equal to ${KIND_WORDS[b]}`);
  for (const [column, literal] of [
    [left, right],
    [right, left],
  ] as const)
    if (column.node === "column" && literal.node === "literal")
      checkWord(column.name, literal.value, literal.at, rule, columns);
}

/** A text that a column can never hold is a slip of the pen: the rule would be silent for ever. */
function checkWord(
  column: string,
  value: number | string | boolean,
  at: number,
  rule: string,
  columns: RuleColumns,
): void {
  const words = columns.wordsOf?.(column);
  if (words === undefined || typeof value !== "string" || words.includes(value)) return;
  const near = nearestName(value, words);
  const help =
    near === undefined ? `, only ${words.map((word) => `"${word}"`).join(", ")}` : `; did you mean "${near}"?`;
  throw new RuleError(rule, at, `${column} is never "${value}"${help}`);
}

function checkShare(
  { column, value, at }: Extract<RuleNode, { node: "share" }>,
  rule: string,
  columns: RuleColumns,
): void {
  const kind = columnKind(column, at, rule, columns);
  const given = kindOfValue(value);
  if (given !== kind)
    throw new RuleError(rule, at, `${column} is ${KIND_WORDS[kind]}, its share asks for ${KIND_WORDS[given]}`);
  checkWord(column, value, at, rule, columns);
}

function needHistory(call: string, at: number, rule: string, columns: RuleColumns): void {
  if (!columns.history)
    throw new RuleError(rule, at, `${call}() asks for earlier readings, which only eigenscope watch has`);
}

function columnKind(name: string, at: number, rule: string, columns: RuleColumns): Kind {
  let kind: Kind | undefined;
  try {
    kind = columns.kindOf(name);
  } catch (cause) {
    throw new RuleError(rule, at, (cause as Error).message);
  }
  if (kind !== undefined) return kind;
  const near = columns.names.find((other) => other.endsWith(`.${name}`)) ?? nearestName(name, columns.names);
  const help = near === undefined ? ' ("eigenscope explain" lists them)' : `; did you mean ${near}?`;
  throw new RuleError(rule, at, `there is no column ${name}${help}`);
}

function kindOfValue(value: number | string | boolean): Kind {
  if (typeof value === "number") return "number";
  return typeof value === "string" ? "text" : "truth";
}
