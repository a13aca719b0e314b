import { checkedKind } from "./check.js";
import type { Comparator, Operator, Rule, RuleColumns, RuleNode } from "./rule.js";
import { RuleError } from "./rule-error.js";
import { type Token, tokenize } from "./tokens.js";

/** Deeper parentheses are a mistake, and would use up the stack. */
export const MAX_DEPTH = 100;

const COMPARATORS: ReadonlySet<string> = new Set<Comparator>(["==", "!=", "<", "<=", ">", ">=", "like"]);
const CALLS = ["share", "count", "was", "highest", "for"] as const;
type Call = (typeof CALLS)[number];
/** The grammar's own words; no column may have such a name. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  ...["and", "or", "not", "like", "null", "true", "false"],
  ...CALLS,
]);

/**
 * Reads a rule and checks it against the columns. Throws `RuleError` for a rule that cannot be read, names an unknown
 * column, compares a text with a number, or is not true or false.
 *
 *     or   := and ("or" and)*
 *     and  := not ("and" not)*
 *     not  := ["not"] cmp
 *     cmp  := sum [("==" | "!=" | "<" | "<=" | ">" | ">=" | "like") sum]
 *     sum  := product (("+" | "-") product)*
 *     product := unary (("*" | "/") unary)*
 *     unary   := ["-"] atom
 *     atom := number | "text" | true | false | null | column | call | "(" or ")"
 *     call := share(column, literal) | count(or) | was(column, n) | highest(column, n) | for(n, or)
 */
export function parseRule(text: string, columns: RuleColumns): Rule {
  const root = new RuleReader(text).rule();
  if (checkedKind(root, text, columns) !== "truth")
    throw new RuleError(text, root.at, "a rule is true or false; compare the value with another");
  return { text, root, ofModel: isOfModel(root) };
}

/** Recursive descent over the tokens of one rule. */
class RuleReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  /** The whole text. */
  rule(): RuleNode {
    const root = this.#or();
    const { kind, text } = this.#token;
    if (kind !== "end") this.#fail(`expected and, or, or the end, found ${text}`);
    return root;
  }

  #or(): RuleNode {
    return this.#joined("or", () => this.#joined("and", () => this.#not()));
  }

  #joined(word: "and" | "or", term: () => RuleNode): RuleNode {
    const terms = [term()];
    const { at } = terms[0];
    while (this.#accept(word)) terms.push(term());
    return terms.length === 1 ? terms[0] : { node: word, at, terms };
  }

  #not(): RuleNode {
    const { at } = this.#token;
    return this.#accept("not") ? { node: "not", at, of: this.#comparison() } : this.#comparison();
  }

  #comparison(): RuleNode {
    const left = this.#sum();
    const { kind, text } = this.#token;
    if (kind === "text" || !COMPARATORS.has(text)) return left;
    this.#next++;
    const right = this.#sum();
    return { node: "comparison", at: left.at, comparator: text as Comparator, left, right };
  }

  #sum(): RuleNode {
    return this.#chain(["+", "-"], () => this.#chain(["*", "/"], () => this.#unary()));
  }

  #chain(operators: readonly Operator[], part: () => RuleNode): RuleNode {
    let left = part();
    for (;;) {
      const operator = operators.find((sign) => this.#accept(sign));
      if (operator === undefined) return left;
      left = { node: "arithmetic", at: left.at, operator, left, right: part() };
    }
  }

  #unary(): RuleNode {
    const { at } = this.#token;
    return this.#accept("-") ? { node: "negative", at, of: this.#atom() } : this.#atom();
  }

  #atom(): RuleNode {
    const token = this.#token;
    const { at, text } = token;
    if (token.kind === "number" || token.kind === "text") {
      this.#next++;
      return { node: "literal", at, value: token.value };
    }
    if (this.#accept("(")) return this.#inside(() => this.#or());
    if (token.kind !== "word") this.#fail(`expected a column, a number or a text, found ${text || "the end"}`);
    this.#next++;
    if (text === "true" || text === "false") return { node: "literal", at, value: text === "true" };
    if (text === "null") return { node: "null", at };
    if (CALLS.some((call) => call === text)) return this.#call(text as Call, at);
    if (RESERVED_WORDS.has(text)) throw new RuleError(this.#text, at, `expected a column, found the word ${text}`);
    return { node: "column", at, name: text };
  }

  #call(name: Call, at: number): RuleNode {
    this.#expect("(");
    return this.#inside((): RuleNode => {
      if (name === "count") return { node: "count", at, rule: this.#or() };
      if (name === "for") {
        const readings = this.#readings(1);
        this.#expect(",");
        return { node: "for", at, readings, rule: this.#or() };
      }
      const column = this.#column();
      this.#expect(",");
      return name === "share"
        ? { node: name, at, column, value: this.#literal() }
        : { node: name, at, column, readings: this.#readings(1) };
    });
  }

  /** What stands between an opening parenthesis, already read, and its closing one. */
  #inside(read: () => RuleNode): RuleNode {
    if (++this.#depth > MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} parentheses inside each other`);
    const node = read();
    this.#depth--;
    this.#expect(")");
    return node;
  }

  #column(): string {
    const { kind, text } = this.#token;
    if (kind !== "word" || RESERVED_WORDS.has(text)) this.#fail(`expected a column, found ${text || "the end"}`);
    this.#next++;
    return text;
  }

  #literal(): number | string | boolean {
    const value = this.#unary();
    if (value.node === "literal") return value.value;
    if (value.node === "negative" && value.of.node === "literal" && typeof value.of.value === "number")
      return -value.of.value;
    throw new RuleError(this.#text, value.at, "expected a text, a number, true or false");
  }

  #readings(least: number): number {
    const token = this.#token;
    if (token.kind !== "number" || !Number.isSafeInteger(token.value) || token.value < least)
      this.#fail(`expected a whole number of readings from ${least}, found ${token.text || "the end"}`);
    this.#next++;
    return (token as { readonly value: number }).value;
  }

  get #token(): Token {
    return this.#tokens[this.#next];
  }

  #accept(text: string): boolean {
    const { kind } = this.#token;
    if (this.#token.text !== text || (kind !== "word" && kind !== "sign")) return false;
    this.#next++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#accept(sign)) this.#fail(`expected ${sign}, found ${this.#token.text || "the end"}`);
  }

  #fail(reason: string): never {
    throw new RuleError(this.#text, this.#token.at, reason);
  }
}

function isOfModel(node: RuleNode): boolean {
  switch (node.node) {
    case "literal":
    case "null":
    case "share":
    case "count":
      return true;
    case "column":
    case "was":
    case "highest":
      return false;
    case "negative":
    case "not":
      return isOfModel(node.of);
    case "for":
      return isOfModel(node.rule);
    case "and":
    case "or":
      return node.terms.every(isOfModel);
    default:
      return isOfModel(node.left) && isOfModel(node.right);
  }
}
