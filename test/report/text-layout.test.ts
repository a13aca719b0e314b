import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, cutMiddle, pad, shortenNames, textWidth, wrap } from "#eigenscope/report/text-layout.js";

const text = fc.string({ unit: "grapheme", maxLength: 60 });

it("counts wide characters twice and combining marks not at all", () => {
  expect(textWidth("abc")).toBe(3);
  expect(textWidth("重み")).toBe(4);
  expect(textWidth("e\u0301")).toBe(1);
});

it("counts each character between space and tilde once, alone or beside others", () => {
  const ascii = Array.from({ length: 95 }, (_, k) => String.fromCharCode(32 + k)).join("");
  expect(textWidth(ascii)).toBe(95);
  expect(textWidth(`${ascii}\u4e00`)).toBe(97);
  expect(textWidth("a\u0301")).toBe(1);
});

describe("cut and cutMiddle", () => {
  it("never exceed the width", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 40 }), (given, width) => {
        expect(textWidth(cut(given, width))).toBeLessThanOrEqual(width);
        expect(textWidth(cutMiddle(given, width, 2))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("leave what fits alone", () => {
    expect(cut("layer.1", 7)).toBe("layer.1");
    expect(cut("layer.10", 7)).toBe("layer.…");
    expect(cutMiddle("features.10.weight", 10, 3)).toBe("fea…weight");
  });
});

describe("shortenNames", () => {
  const named = (names: readonly string[]) => names.map((name, id) => ({ id, name }));

  it("cuts where the names stay distinct: those that differ at the end at the front", () => {
    const short = shortenNames(
      named(["transformer.h.0.mlp.c_fc", "transformer.h.1.mlp.c_fc", "transformer.h.10.mlp.c_fc"]),
      14,
    );
    expect(new Set(short).size).toBe(3);
    expect(short.every((name) => textWidth(name) <= 14)).toBe(true);
  });

  it("cuts names that differ at the front at the end", () => {
    const end = ".block.attention.self.query.projection";
    const short = shortenNames(named([`a${end}`, `b${end}`, `c${end}`]), 12);
    expect(new Set(short).size).toBe(3);
  });

  it("falls back to the layer's number where no cut tells names apart", () => {
    const middle = (k: number) => `aaaaaaaaaaaaaaaaaaaaaaaa.${k}.bbbbbbbbbbbbbbbbbbbbbbbbbbbb`;
    const short = shortenNames(named([middle(1), middle(2), middle(3)]), 10);
    expect(new Set(short).size).toBe(3);
    expect(short[2].startsWith("#2 ")).toBe(true);
  });
});

describe("wrap", () => {
  it("keeps every line within the width and loses no word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z.]{1,30}$/), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 12, max: 80 }),
        (words, width) => {
          const lines = wrap(words.join(" "), width, { first: "    ", rest: "      " });
          expect(lines.every((line) => textWidth(line) <= width)).toBe(true);
          expect(lines.join("").replace(/\s/g, "")).toBe(words.join(""));
        },
      ),
    );
  });
});

it("pads on either side", () => {
  expect(pad("ab", 4, "left")).toBe("ab  ");
  expect(pad("ab", 4, "right")).toBe("  ab");
  expect(pad("重み", 6, "left")).toBe("重み  ");
});
