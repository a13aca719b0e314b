import { RuleError } from "./rule-error.js";

/** A piece of a rule's text. `word` is a name or one of the grammar's own words; `end` closes every list. */
export type Token =
  | { readonly kind: "number"; readonly at: number; readonly text: string; readonly value: number }
  | { readonly kind: "text"; readonly at: number; readonly text: string; readonly value: string }
  | { readonly kind: "word" | "sign" | "end"; readonly at: number; readonly text: string };

/** Longer rules are a mistake. Every step of reading and asking is then bounded. */
export const MAX_RULE_LENGTH = 4096;

const BLANK = /\s+/y;
const WORD = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
/** Between double quotes, a backslash stands before a double quote or a backslash. */
const TEXT = /"(?:[^"\\]|\\["\\])*"/y;
const SIGN = /==|!=|<=|>=|[<>+\-*/(),]/y;

/** Cuts a rule into tokens, the last of which is "end". Throws `RuleError`. O(length). */
export function tokenize(rule: string): readonly Token[] {
  if (rule.length > MAX_RULE_LENGTH)
    throw new RuleError(`${rule.slice(0, 60)}...`, 0, `a rule has at most ${MAX_RULE_LENGTH} characters`);
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(rule)?.[0];
  };
  while (at < rule.length) {
    const blank = take(BLANK);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const token = tokenAt(at, take) ?? fault(rule, at);
    tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, { kind: "end", at, text: "" }];
}

function tokenAt(at: number, take: (pattern: RegExp) => string | undefined): Token | undefined {
  const word = take(WORD);
  if (word !== undefined) return { kind: "word", at, text: word };
  const number = take(NUMBER);
  if (number !== undefined) return { kind: "number", at, text: number, value: Number(number) };
  const text = take(TEXT);
  if (text !== undefined) return { kind: "text", at, text, value: text.slice(1, -1).replaceAll(/\\(["\\])/g, "$1") };
  const sign = take(SIGN);
  return sign === undefined ? undefined : { kind: "sign", at, text: sign };
}

function fault(rule: string, at: number): never {
  const character = String.fromCodePoint(rule.codePointAt(at) as number);
  if (character === '"') throw new RuleError(rule, at, "a text without its closing double quote");
  if (character === "'") throw new RuleError(rule, at, "texts stand in double quotes");
  if (character === "=") throw new RuleError(rule, at, '"is equal" is written ==');
  if (character === "!") throw new RuleError(rule, at, '"not" is written as the word not');
  if (character === "&" || character === "|") throw new RuleError(rule, at, "use the words and, or");
  throw new RuleError(rule, at, `unexpected ${JSON.stringify(character)}`);
}
