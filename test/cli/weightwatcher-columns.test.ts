import { describe, expect, it } from "vitest";
import { readWeightWatcherColumns } from "#eigenscope/cli/analyze.js";

describe("--weightwatcher", () => {
  it.each([
    [false, "m.npy", { weightwatcher: false }],
    [true, "m.npy", { weightwatcher: true }],
    ["mp_fit,detX", "m.npy", { weightwatcher: ["mp_fit", "detX"] }],
    ["mp_fit, detX_val", "m.npy", { weightwatcher: ["mp_fit", "detX_val"] }],
    // The path that follows the bare option was taken for its value.
    ["m.npy", undefined, { weightwatcher: true, swallowed: "m.npy" }],
    // A misspelt name beside a path, or beside a right one, goes on to be refused with the list.
    ["mpfit", "m.npy", { weightwatcher: ["mpfit"] }],
    ["mpfit,detX", undefined, { weightwatcher: ["mpfit", "detX"] }],
  ])("%j with the path %j is read as %j", (flag, given, read) => {
    expect(readWeightWatcherColumns(flag, given)).toEqual(read);
  });
});
