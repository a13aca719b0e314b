import { describe, expect, it } from "vitest";
import { oldVariableWarnings, ownVariable } from "#eigenscope/node/old-name.js";
import { BUILT, eigenscope } from "../cli/eigenscope-process.js";

describe("an environment variable under the project's old name", () => {
  it("is read where the new one is not set", () => {
    expect(ownVariable("DEBUG", { WEIGHTSCOPE_DEBUG: "1" })).toBe("1");
    expect(ownVariable("DEBUG", { WEIGHTSCOPE_DEBUG: "1", EIGENSCOPE_DEBUG: "2" })).toBe("2");
    expect(ownVariable("DEBUG", { WEIGHTSCOPE_DEBUG: "1", EIGENSCOPE_DEBUG: "" })).toBe("1");
    expect(ownVariable("DEBUG", { WEIGHTSCOPE_BUG: "1" })).toBeUndefined();
  });

  it("gives a warning then, and only then", () => {
    expect(oldVariableWarnings({ WEIGHTSCOPE_DEBUG: "1" })).toEqual([
      "WEIGHTSCOPE_DEBUG is called EIGENSCOPE_DEBUG now; the old name is read for one more version",
    ]);
    expect(oldVariableWarnings({ WEIGHTSCOPE_DEBUG: "1", EIGENSCOPE_DEBUG: "1" })).toEqual([]);
    expect(oldVariableWarnings({ EIGENSCOPE_DEBUG: "1", WEIGHTSCOPE_DEBUG: "" })).toEqual([]);
  });

  it.runIf(BUILT)("is told on the command line", async () => {
    const { code, stdout, stderr } = await eigenscope(["explain", "alpha"], { env: { WEIGHTSCOPE_DEBUG: "1" } });
    expect([code, stdout.length > 0, stderr]).toEqual([
      0,
      true,
      "eigenscope: WEIGHTSCOPE_DEBUG is called EIGENSCOPE_DEBUG now; the old name is read for one more version\n",
    ]);
  });
});
