import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonNumber, type JsonValue } from "#eigenscope/bytes/json-value.js";
import { forEachJsonEntry, parseJson } from "#eigenscope/bytes/strict-json.js";
import { FormatError } from "#eigenscope/formats/index.js";
import { budget, damaged, damages, LONG } from "./damage.js";

const LIMITS = { maxDepth: 32, file: "x.json" };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): JsonValue => parseJson(bytesOf(text), LIMITS);

/** As JSON.parse would have it. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return value.value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps);
  if (typeof value === "object" && value !== null)
    return new Map(Object.entries(value).map(([key, item]) => [key, asMaps(item)]));
  return value;
}

describe("strict JSON", () => {
  it("reads what JSON.parse reads, to the same values", () => {
    const texts = fc.tuple(
      fc.jsonValue({ maxDepth: 5, stringUnit: "grapheme" }),
      fc.constantFrom(undefined, 1, "\t\r"),
    );
    fc.assert(
      fc.property(texts, ([value, indent]) => {
        const text = JSON.stringify(value, null, indent);
        expect(plain(parse(text))).toEqual(asMaps(JSON.parse(text)));
      }),
      budget(),
    );
  });

  it("takes of damaged text nothing that JSON.parse refuses", LONG, () => {
    const telling = [...bytesOf('"\\,:{}[]-+.eE09utfn \n')];
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }), damages(telling), (value, all) => {
        const bytes = damaged(bytesOf(JSON.stringify(value)), all);
        try {
          const found = parseJson(bytes, LIMITS);
          expect(plain(found)).toEqual(
            asMaps(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes))),
          );
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      budget(),
    );
  });

  it.each([
    ['{"a": 1, "a": 2}', /occurs twice in one object/, 15],
    ["[1, 2", /expected "," or "]"/, 5],
    ['"open', /a string is not closed/, 5],
    ['"tab\there"', /a control character/, 4],
    ['["\\x"]', /an escape that JSON does not define/, 5],
    ['["\\ud800"]', /half of a surrogate pair/, 9],
    ["[01]", /expected "," or "]"/, 2],
    ["[.5]", /expected a JSON value/, 1],
    ["-", /the JSON text ends too early/, 1],
    ["nul", /expected a JSON value/, 0],
    ["1 2", /bytes follow the end/, 2],
    ["\ufeff{}", /expected a JSON value/, 0],
    ["[".repeat(33), /nested deeper than 32/, 32],
    ['["ä", x]', /expected a JSON value/, 7],
  ])("refuses %j with the byte at which it goes wrong", (text, reason, offset) => {
    let error: unknown;
    try {
      parse(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toMatch(reason);
    expect((error as FormatError).details.offset).toBe(offset);
  });

  it("keeps a number's literal, and a key called __proto__ a key", () => {
    const value = parse('{"__proto__": 1152921504606846977, "b": 4.0}') as Map<string, JsonNumber>;
    expect(value.get("__proto__")?.literal).toBe("1152921504606846977");
    expect(value.get("__proto__")?.whole).toBeUndefined();
    expect(value.get("b")?.whole).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Map.prototype);
  });

  it("reads long strings and those beyond ASCII alike", () => {
    for (const text of ["a".repeat(257), "ä".repeat(300), "😀", `${"x".repeat(255)}é`])
      expect(parse(JSON.stringify(text))).toBe(text);
  });

  it("hands an object's entries over one by one; only spaces may follow", () => {
    const seen: string[] = [];
    forEachJsonEntry(bytesOf('{"a":1,"b":[2]}   '), LIMITS, (key) => seen.push(key));
    expect(seen).toEqual(["a", "b"]);
    expect(() => forEachJsonEntry(bytesOf('{"a":1}\0'), LIMITS, () => {})).toThrow(/bytes follow the end/);
  });
});
