import { describe, expect, it } from "vitest";
import { blasCandidates } from "#eigenscope/node/native/blas-candidates.js";
import { oldVariableWarnings, ownVariable } from "#eigenscope/node/old-name.js";
import { BUILT, eigenscope } from "../cli/eigenscope-process.js";

describe("an environment variable under the project's old name", () => {
  it("is read where the new one is not set", () => {
    expect(ownVariable("BLAS", { WEIGHTSCOPE_BLAS: "/old.so" })).toBe("/old.so");
    expect(ownVariable("BLAS", { WEIGHTSCOPE_BLAS: "/old.so", EIGENSCOPE_BLAS: "/new.so" })).toBe("/new.so");
    expect(ownVariable("BLAS", { WEIGHTSCOPE_BLAS: "/old.so", EIGENSCOPE_BLAS: "" })).toBe("/old.so");
    expect(ownVariable("DEBUG", { WEIGHTSCOPE_BLAS: "/old.so" })).toBeUndefined();
    const machine = { platform: "linux", env: { WEIGHTSCOPE_BLAS: "/old.so" }, home: "/", list: () => [] } as never;
    expect(blasCandidates(machine)).toEqual([{ path: "/old.so", origin: "EIGENSCOPE_BLAS" }]);
  });

  it("gives a warning then, and only then", () => {
    expect(oldVariableWarnings({ WEIGHTSCOPE_BLAS: "/old.so", WEIGHTSCOPE_DEBUG: "1", EIGENSCOPE_DEBUG: "1" })).toEqual(
      ["WEIGHTSCOPE_BLAS is called EIGENSCOPE_BLAS now; the old name is read for one more version"],
    );
    expect(oldVariableWarnings({ EIGENSCOPE_BLAS: "/new.so", WEIGHTSCOPE_DEBUG: "" })).toEqual([]);
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
