import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BUILT, eigenscope } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));
const run = manyCommands();

describe.skipIf(!BUILT)("a command among many in one process", () => {
  it.each([`describe ${EXAMPLE}`, `analyze ${EXAMPLE} --csv`, "analize"])(
    "ends with the same code and the same words as in a process of its own: %s",
    async (command) => {
      expect(await run(command.split(" "))).toEqual(await eigenscope(command.split(" ")));
    },
  );

  it("leaves nothing behind for the next: a dozen in a row say the same, and no warning of Node's", async () => {
    const cwd = fileURLToPath(new URL("../../examples/", import.meta.url));
    for (let times = 0; times < 12; times++) {
      expect(await run(["describe", "missing.safetensors"], cwd)).toEqual({
        code: 3,
        stdout: "",
        stderr: "eigenscope: missing.safetensors: no such file or folder. Check the path.\n",
      });
    }
    expect((await run(["describe", "digits_b4.safetensors"], cwd)).code).toBe(0);
    expect(JSON.parse(await readFile(`${cwd}../package.json`, "utf8")).version).toBe(
      (await run(["--version"], cwd)).stdout.trim(),
    );
  });
});
