import { describe, expect, it } from "vitest";
import { UsageError } from "#eigenscope/cli/exit-codes.js";
import { readOutputs } from "#eigenscope/cli/outputs.js";

describe("readOutputs", () => {
  it("sends a form without a file to stdout", () => {
    expect(readOutputs("m.npy", { json: true, csv: "l.csv", html: "r.html" })).toEqual({
      path: "m.npy",
      outputs: { json: "-", csv: "l.csv", html: "r.html", eigenvalues: undefined },
    });
  });

  it("finds the path that an optional value has swallowed", () => {
    expect(readOutputs(undefined, { json: "m.npy" })).toMatchObject({ path: "m.npy", outputs: { json: "-" } });
    expect(readOutputs(undefined, { csv: "m.npy" })).toMatchObject({ path: "m.npy", outputs: { csv: "-" } });
  });

  it.each([
    [undefined, {}, "no path was given"],
    [undefined, { json: "-" }, "no path was given"],
    ["m.npy", { json: true as const, csv: true as const }, "cannot both go to stdout"],
    ["m.npy", { json: "/dev/stdout", csv: "/dev/fd/1" }, "cannot both go to stdout"],
  ])("refuses %j with %j", (path, flags, sentence) => {
    expect(() => readOutputs(path, flags)).toThrow(UsageError);
    expect(() => readOutputs(path, flags)).toThrow(sentence);
  });
});
