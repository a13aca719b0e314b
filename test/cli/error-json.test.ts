import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FormatError } from "#eigenscope/bytes/errors.js";
import { OptionError } from "#eigenscope/bytes/option-error.js";
import { asksForErrorJson, errorJson } from "#eigenscope/cli/error-json.js";
import { BUILT, eigenscope } from "./eigenscope-process.js";

const parsed = (error: unknown, exitCode = 2, message = "a sentence") =>
  JSON.parse(errorJson(error, { message, exitCode })).error;

describe("an error as JSON", () => {
  it("has the parts of a file's error, names unchanged", () => {
    const file = `a, b: ${"long".repeat(100)}\u001b[31m`;
    const error = new FormatError("it is cut", {
      kind: "malformed",
      format: "npy",
      file,
      tensor: "w",
      offset: 7,
      remedy: "Get it again.",
    });
    expect(error.reason).toBe("it is cut");
    expect(parsed(error, 3)).toEqual({
      exitCode: 3,
      message: "a sentence",
      kind: "malformed",
      format: "npy",
      file,
      tensor: "w",
      offset: 7,
      reason: "it is cut",
      remedy: "Get it again.",
      option: null,
    });
  });

  it("has null for what is not known, and is one line", () => {
    const error = new FormatError("two\nlines", { kind: "missing" });
    expect(parsed(error)).toMatchObject({ format: null, file: null, tensor: null, offset: null, remedy: null });
    expect(errorJson(error, { message: "two\nlines", exitCode: 3 })).not.toContain("\n");
  });

  it("names the option that does not apply, and tells usage from a fault of eigenscope", () => {
    expect(parsed(new OptionError("minEigenvalues", "too few"))).toMatchObject({
      kind: "usage",
      option: "minEigenvalues",
      reason: "a sentence",
    });
    expect(parsed(new Error("boom"), 70)).toMatchObject({ kind: "internal", option: null, reason: "a sentence" });
  });

  it("is asked for by EIGENSCOPE_ERRORS=json and nothing else", () => {
    expect([{ EIGENSCOPE_ERRORS: "json" }, { EIGENSCOPE_ERRORS: "1" }, {}].map(asksForErrorJson)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.runIf(BUILT)("is printed instead of the sentence, with the same exit code", async () => {
    const folder = await mkdtemp(join(tmpdir(), "eigenscope-errors-"));
    await writeFile(join(folder, "x.safetensors"), "short");
    const args = ["analyze", "x.safetensors"];
    const plain = await eigenscope(args, { cwd: folder });
    const json = await eigenscope(args, { cwd: folder, env: { EIGENSCOPE_ERRORS: "json" } });
    await rm(folder, { recursive: true });
    const { error } = JSON.parse(json.stderr);
    expect([plain.code, json.code, error.exitCode]).toEqual([3, 3, 3]);
    expect(plain.stderr).toBe(`eigenscope: ${error.message}\n`);
    expect(error).toMatchObject({ kind: "malformed", format: "safetensors", file: "x.safetensors" });
  });
});
