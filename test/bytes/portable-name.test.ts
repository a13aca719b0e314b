import { describe, expect, it } from "vitest";
import { isDeviceName, portableName } from "#eigenscope/bytes/portable-name.js";

describe("a name that Windows takes for a device", () => {
  it.each(["con", "NUL", "aux.txt", "Com1", "LPT9.tar.gz", "nul .x", "COM\u00b9", "conin$", "prn:a"])("%j", (name) => {
    expect(isDeviceName(name)).toBe(true);
  });

  it.each(["", "console", "com", "com0", "com10", "lpt", "a.con", "con-1", "null", "conin"])("is not %j", (name) => {
    expect(isDeviceName(name)).toBe(false);
  });
});

describe("a portable name", () => {
  it.each([
    ["llama-3.1_8B", "llama-3.1_8B"],
    ["a:b\\c*d", "a-b-c-d"],
    ["epoch=3 é", "epoch-3-"],
    ["model...", "model"],
    ["..", "x"],
    [".hidden", "hidden"],
    ["", "x"],
    ["nul.safetensors", "x-nul.safetensors"],
    ["CON", "x-CON"],
    ["con.", "x-con"],
  ])("of %j is %j", (text, name) => {
    expect(portableName(text, "x")).toBe(name);
  });
});
