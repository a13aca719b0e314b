import { describe, expect, it } from "vitest";
import { readTerminal } from "#eigenscope/cli/terminal.js";

const flags = { color: true, progress: true, quiet: false };
const tty = { stdout: { isTTY: true, columns: 132 }, stderr: { isTTY: true } };
const pipe = { stdout: { isTTY: false }, stderr: { isTTY: false } };

const read = (streams: object, env: Record<string, string> = {}, given = flags) =>
  readTerminal(given, { ...streams, env } as unknown as Parameters<typeof readTerminal>[1]);

describe("readTerminal", () => {
  it("colours a terminal, not a pipe", () => {
    expect(read(tty).color).toBe(true);
    expect(read(pipe).color).toBe(false);
  });

  it.each([
    [{ NO_COLOR: "1" }, false],
    [{ NO_COLOR: "" }, true],
    [{ FORCE_COLOR: "0" }, false],
    [{ TERM: "dumb" }, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ])("heeds %j on a terminal", (env, color) => {
    expect(read(tty, env).color).toBe(color);
  });

  it("colours a pipe under FORCE_COLOR, and nothing under --no-color", () => {
    expect(read(pipe, { FORCE_COLOR: "1" }).color).toBe(true);
    expect(read(tty, { FORCE_COLOR: "1" }, { ...flags, color: false }).color).toBe(false);
  });

  it("takes the terminal's width, COLUMNS in a pipe, 80 without either, and never less than 40", () => {
    expect(read(tty).width).toBe(132);
    expect(read(pipe, { COLUMNS: "100" }).width).toBe(100);
    expect(read(pipe).width).toBe(80);
    expect(read(pipe, { COLUMNS: "wide" }).width).toBe(80);
    expect(read(pipe, { COLUMNS: "12" }).width).toBe(40);
  });

  it("shows progress on a terminal only, not in CI, not when told to be quiet", () => {
    expect(read(tty).progress).toBe(true);
    expect(read(pipe).progress).toBe(false);
    expect(read(tty, { CI: "true" }).progress).toBe(false);
    expect(read(tty, {}, { ...flags, quiet: true }).progress).toBe(false);
    expect(read(tty, {}, { ...flags, progress: false }).progress).toBe(false);
  });
});
