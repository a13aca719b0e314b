import type { Rule } from "../../rules/index.js";

type RuleNode = Rule["root"];

/** The columns of a single layer that a rule names, each once, in the order in which they stand. */
export function columnsOfRule({ root }: Rule): readonly string[] {
  return [...new Set(namesIn(root))];
}

function namesIn(node: RuleNode): readonly string[] {
  switch (node.node) {
    case "column":
      return [node.name];
    case "was":
    case "highest":
      return [node.column];
    case "negative":
    case "not":
      return namesIn(node.of);
    case "for":
      return namesIn(node.rule);
    case "and":
    case "or":
      return node.terms.flatMap(namesIn);
    case "arithmetic":
    case "comparison":
      return [...namesIn(node.left), ...namesIn(node.right)];
    default:
      return [];
  }
}
