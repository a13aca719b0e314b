import { describe, expect, it } from "vitest";
import { inBrackets, sureText } from "#eigenscope/report/certainty.js";

describe("a certainty in words", () => {
  it.each([
    [0.5, "50 % sure"],
    [0.984, "98 % sure"],
    [0.986, "99 % sure"],
    [0.99, "99 % sure"],
    [0.991, "over 99 % sure"],
    [1, "over 99 % sure"],
  ])("is never 100 %%: %s", (probability, text) => {
    expect(sureText(probability)).toBe(text);
  });

  it.each([
    [null, ""],
    [1, ""],
    [0.999, " (over 99 % sure)"],
    [0.5, " (50 % sure)"],
  ])("in brackets is not said of a fact, nor where it is not known: %s", (certainty, text) => {
    expect(inBrackets(certainty)).toBe(text);
  });
});
