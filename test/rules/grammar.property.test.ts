import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRule, RuleAsker, RuleError } from "#eigenscope/rules/index.js";
import { COLUMNS, type Row, reading } from "./example-columns.js";

/** A rule by two roads: as text, and as a function of a row written without the grammar. */
interface Twin<Value> {
  readonly text: string;
  /** How tight its outermost sign binds; a part inside a tighter one needs parentheses. */
  readonly tight: number;
  readonly of: (row: Row) => Value | null;
}

const OR = 0;
const AND = 1;
const NOT = 2;
const COMPARISON = 3;
const SUM = 4;
const PRODUCT = 5;
const ATOM = 7;

const inside = ({ text, tight }: Twin<unknown>, needed: number): string => (tight < needed ? `( ${text})` : text);

const number = fc.oneof(
  fc.constantFrom("alpha", "M").map(
    (name): Twin<number> => ({
      text: name,
      tight: ATOM,
      of: (row) => row[name] as number | null,
    }),
  ),
  fc.constantFrom(0, 1, 2.5).map((value): Twin<number> => ({ text: String(value), tight: ATOM, of: () => value })),
);

const { rule } = fc.letrec<{ sum: Twin<number>; rule: Twin<boolean> }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    number,
    fc.tuple(tie("sum"), fc.constantFrom("+", "-", "*", "/"), tie("sum")).map(([a, sign, b]): Twin<number> => {
      const tight = sign === "+" || sign === "-" ? SUM : PRODUCT;
      return {
        // Left to right: the right part needs parentheses at the same tightness.
        text: `${inside(a, tight)} ${sign} ${inside(b, tight + 1)}`,
        tight,
        of: (row) => calculated(a.of(row), sign, b.of(row)),
      };
    }),
  ),
  rule: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.tuple(tie("sum"), fc.constantFrom("==", "!=", "<", "<=", ">", ">="), tie("sum")).map(
      ([a, sign, b]): Twin<boolean> => ({
        text: `${inside(a, SUM)}${sign}${inside(b, SUM)}`,
        tight: COMPARISON,
        of: (row) => isCompared(a.of(row), sign, b.of(row)),
      }),
    ),
    fc.constantFrom("alpha_valid", "transposed").map(
      (name): Twin<boolean> => ({
        text: name,
        tight: ATOM,
        of: (row) => row[name] === true,
      }),
    ),
    tie("rule").map(
      (of): Twin<boolean> => ({
        text: `not ${inside(of, COMPARISON)}`,
        tight: NOT,
        of: (row) => !of.of(row),
      }),
    ),
    fc.tuple(tie("rule"), fc.boolean(), tie("rule")).map(([a, both, b]): Twin<boolean> => {
      const tight = both ? AND : OR;
      return {
        text: `${inside(a, tight)} ${both ? "and" : "or"} ${inside(b, tight)}`,
        tight,
        of: (row) => (both ? Boolean(a.of(row)) && Boolean(b.of(row)) : Boolean(a.of(row)) || Boolean(b.of(row))),
      };
    }),
  ),
}));

function calculated(a: number | null, sign: string, b: number | null): number | null {
  if (a === null || b === null) return null;
  const value = sign === "+" ? a + b : sign === "-" ? a - b : sign === "*" ? a * b : a / b;
  return Number.isFinite(value) ? value : null;
}

function isCompared(a: number | null, sign: string, b: number | null): boolean {
  if (a === null || b === null) return false;
  const order = Math.sign(a - b);
  const wanted = { "==": [0], "!=": [-1, 1], "<": [-1], "<=": [-1, 0], ">": [1], ">=": [0, 1] }[sign] as number[];
  return wanted.includes(order);
}

const row = fc.record({
  alpha: fc.constantFrom(null, 0, 1, 2.5, -3),
  M: fc.constantFrom(null, 0, 1, 64),
  alpha_valid: fc.constantFrom(true, false, null),
  transposed: fc.boolean(),
});

describe("the grammar of rules", () => {
  it("means the same with as few parentheses as it needs, for any rule and any layers", () => {
    fc.assert(
      fc.property(rule, fc.array(row, { maxLength: 4 }), (twin, rows) => {
        const found = new RuleAsker(reading(rows)).layersWhere(parseRule(twin.text, COLUMNS));
        const expected = rows.flatMap((each, k) => (twin.of(each) ? [String(k)] : []));
        expect(found).toEqual(expected);
      }),
      { numRuns: 2000, seed: 16 },
    );
  });

  it("answers any text with a rule or a RuleError that points into it", () => {
    const piece = fc.constantFrom(
      ...["alpha", "phase", "and", "or", "not", "like", "null", "true", "share", "count", "was", "highest", "for"],
      ...["(", ")", ",", "==", "!=", "<", "+", "-", "*", "/", "1", "2.5", '"x"', '"', "'", "=", "!", "&", ".", "\\"],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 12 }), (pieces) => {
        const text = pieces.join(" ");
        try {
          expect(parseRule(text, COLUMNS).text).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
          expect((error as RuleError).at).toBeGreaterThanOrEqual(0);
          expect((error as RuleError).at).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 3000, seed: 16 },
    );
  });
});
