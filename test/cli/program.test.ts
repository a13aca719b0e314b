import { type Command, CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { EXTRAS } from "#eigenscope/analysis/extras/index.js";
import { NOTHING_OPTIONAL } from "#eigenscope/analysis/options.js";
import type { AnalyzeFlags } from "#eigenscope/cli/analyze.js";
import { createProgram } from "#eigenscope/cli/program.js";

interface Call {
  readonly path: string | undefined;
  readonly flags: AnalyzeFlags;
}

/** Parses a command line without running anything: the call, or what the reader would see. */
async function parse(...args: string[]): Promise<{ call?: Call | undefined; output: string; error?: CommanderError }> {
  let call: Call | undefined;
  let output = "";
  const collect = {
    writeOut: (text: string) => void (output += text),
    writeErr: (text: string) => void (output += text),
    getOutHelpWidth: () => 80,
    getErrHelpWidth: () => 80,
  };
  const program = createProgram({
    analyze: async (path, flags) => {
      call = { path, flags };
    },
    describe: async () => {},
    compare: async () => {},
    report: async () => {},
    status: async () => {},
    explain: async () => {},
    doctor: async () => {},
  });
  const all: Command[] = [program, ...program.commands];
  for (const command of all) command.configureOutput(collect);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { call, output, error };
  }
  return { call, output };
}

describe("the command line", () => {
  it.each(EXTRAS)("has an option for the optional measurement $name, off by default", async ({ name }) => {
    const { call } = await parse("analyze", "m.npy");
    expect(call!.flags[name]).toBe(NOTHING_OPTIONAL[name]);
    expect((await parse("analyze", "--help")).output).toContain(`  --${name} `);
  });

  it("has the defaults of the library", async () => {
    const { call } = await parse("analyze", "m.npy");
    expect(call).toEqual({
      path: "m.npy",
      flags: {
        layers: [],
        exclude: [],
        minEigenvalues: 10,
        conv: "slices",
        fused: "split",
        htmlAll: false,
        allRows: false,
        dryRun: false,
        config: true,
        verbose: false,
        strictPickle: false,
        failOn: [],
        atlas: [],
        engine: "auto",
        precision: "auto",
        seed: 0,
        randomize: 0,
        weightwatcher: false,
        vectors: false,
        tails: false,
        bootstrap: 0,
        farms: false,
        heads: false,
        quiet: false,
        progress: true,
        color: true,
      },
    });
  });

  it("takes globs separated by commas and repeated, and leaves braces whole", async () => {
    const { call } = await parse("analyze", "m.npy", "--layers", "a.*,b.{q,k}", "--layers", "c", "--exclude", "d,");
    expect(call?.flags.layers).toEqual(["a.*", "b.{q,k}", "c"]);
    expect(call?.flags.exclude).toEqual(["d"]);
  });

  it("takes what an adapter is merged onto, for analyze", async () => {
    const { call } = await parse("analyze", "adapter/", "--base", "org/model@v1");
    expect(call?.flags.base).toBe("org/model@v1");
    expect((await parse("compare", "a", "b", "--base", "c")).output).toContain("unknown option '--base'");
  });

  it.each([
    ["1000", 1000],
    ["512M", 2 ** 29],
    ["512 mb", 2 ** 29],
    ["1.5GiB", 1.5 * 2 ** 30],
  ])("takes --memory %s as bytes, in binary units", async (size, bytes) => {
    const { call } = await parse("analyze", "m.npy", "--memory", size);
    expect(call?.flags.memory).toBe(bytes);
  });

  it.each([
    [["analyze", "m.npy", "--jobs", "0"], "whole number from 1"],
    [["analyze", "m.npy", "--jobs", "1e2"], "whole number from 1"],
    [["analyze", "m.npy", "--memory", "0"], "Expected a size"],
    [["analyze", "m.npy", "--memory", "-1G"], "Expected a size"],
    [["analyze", "m.npy", "--memory", "4GHz"], "Expected a size"],
    [["analyze", "m.npy", "--min-eigenvalues", "-3"], "whole number from 1"],
    [["analyze", "m.npy", "--randomize", "-1"], "whole number from 0"],
    [["compare", "a.npy", "b.npy", "--weightwatcher"], "unknown option"],
    [["analyze", "m.npy", "--conv", "slice"], "Allowed choices are slices, flatten"],
    [["analyze", "m.npy", "--jsn"], "Did you mean --json?"],
    [["analize", "m.npy"], "Did you mean analyze?"],
    [["analyze", "a", "b"], "put a glob in quotes"],
    [["describe"], "missing required argument 'path'"],
  ])("refuses %j with a sentence that helps", async (args, sentence) => {
    const { error, output, call } = await parse(...args);
    expect(error?.exitCode).not.toBe(0);
    expect(output).toContain(sentence);
    expect(call).toBeUndefined();
  });

  it.each([["--help"], ["analyze", "--help"], ["describe", "--help"], ["compare", "--help"], ["explain", "--help"]])(
    "has a help that fits 80 columns: %s",
    async (...args) => {
      const { output, error } = await parse(...args);
      expect(error?.exitCode).toBe(0);
      expect(output.split("\n").filter((line) => line.length > 80)).toEqual([]);
    },
  );
});
