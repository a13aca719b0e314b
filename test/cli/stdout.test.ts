import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAll } from "#eigenscope/cli/stdout.js";
import { systemReason, systemSentence } from "#eigenscope/cli/system-error.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { BUILT, shell } from "./eigenscope-process.js";
import { manyCommands } from "./many-commands.js";

const FULL = existsSync("/dev/full");
/** The `script` of util-linux runs a command on a terminal of its own. */
const SCRIPT = existsSync("/usr/bin/script");
// biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/**
 * A name that turns the terminal red, by ESC and by the C1 form of CSI, writes backwards, deletes, and begins a new
 * line.
 */
const HOSTILE = "a\u001b[31m\u009b31m\u202e\u007f\r\nb";

const run = manyCommands();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-stdout-"));
  const values = Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i));
  await writeFile(
    join(folder, "hostile.safetensors"),
    safetensorsWith({ [`${HOSTILE}.weight`]: { shape: [40, 30], values } }),
  );
  await writeFile(
    join(folder, "plain.safetensors"),
    safetensorsWith({ "fc.weight": { shape: [12, 10], values: values.slice(0, 120) } }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!BUILT)("a disk that is full", () => {
  it
    .skipIf(!FULL)
    .each([
      "analyze M --jobs 1",
      "analyze M --json --jobs 1",
      "analyze M --csv --jobs 1",
      "describe M",
      "describe M --json",
      "compare M M --jobs 1",
      "explain",
      "--help",
    ])("is told of at stdout, with exit code 2: %s", async (command) => {
    const { code, stderr } = await shell(`$W ${command.replaceAll("M", "plain.safetensors")} > /dev/full`, {
      cwd: folder,
    });
    expect(stderr).toBe("eigenscope: cannot write to stdout: no space left on the device\n");
    expect(code).toBe(2);
  });

  it.skipIf(!FULL)("is told of at a file", async () => {
    const { code, stderr } = await run(["analyze", "plain.safetensors", "-q", "--json", "/dev/full"], folder);
    expect([code, stderr]).toEqual([2, "eigenscope: cannot write /dev/full: no space left on the device\n"]);
  });

  it("that takes the beginning only is no success, and what was to be a whole file does not exist", async () => {
    const limited = (command: string) => shell(`ulimit -f 4; $W ${command}`, { cwd: folder });
    const cut = await limited("analyze plain.safetensors --jobs 1 --json > cut.json");
    expect([cut.code, cut.stderr]).toEqual([
      2,
      "eigenscope: cannot write to stdout: the file would become larger than is allowed\n",
    ]);
    const whole = await limited("analyze plain.safetensors --jobs 1 -q --json whole.json");
    expect([whole.code, whole.stderr]).toEqual([
      2,
      "eigenscope: cannot write whole.json: the file would become larger than is allowed\n",
    ]);
    const lab = await limited("lab train synthetic/batch-size --epochs 1 --batch 32 -q --output lab");
    expect(lab.code).toBe(2);
    expect(lab.stderr).toMatch(
      /^eigenscope: lab\/runs\/.+: the file would become larger than is allowed \(EFBIG, write\)\n$/,
    );
    expect((await readdir(folder, { recursive: true })).filter((name) => /whole|tmp$/.test(name))).toEqual([]);
  });
});

describe("writeAll", () => {
  it("goes on after a write that took a part, to the last byte", () => {
    const taken: number[] = [];
    const write = (_fd: number, bytes: ArrayBufferView, from: number, length: number): number => {
      const part = (bytes as Uint8Array).subarray(from, from + Math.min(3, length));
      taken.push(...part);
      return part.length;
    };
    writeAll(1, Uint8Array.of(1, 2, 3, 4, 5, 6, 7), write as never);
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("an error of the machine", () => {
  it("is told in words, also when it comes from a worker; any other error is not its", () => {
    const full = { code: "ENOSPC", syscall: "write", path: "a/b", message: "ENOSPC: no space left on device, write" };
    expect(systemReason(full as never)).toBe("no space left on the device");
    expect(systemSentence(full)).toBe("a/b: no space left on the device (ENOSPC, write)");
    expect(systemSentence({ ...full, code: "ENOENT" })).toBeUndefined();
    expect(systemSentence({ ...full, syscall: undefined })).toBeUndefined();
    expect(systemSentence(undefined)).toBeUndefined();
    expect(systemReason(new Error("other"))).toBe("other");
  });
});

describe.skipIf(!BUILT)("a name with control characters", () => {
  const onTerminal = (command: string) =>
    shell(`script -qec "$W ${command}" /dev/null`, { cwd: folder, env: { TERM: "xterm", NO_COLOR: "1" } });

  it.skipIf(!SCRIPT).each(["--csv", "--json", "--csv /dev/tty -q", ""])(
    "does not reach a terminal: analyze %s",
    async (output) => {
      const { code, stdout } = await onTerminal(`analyze hostile.safetensors --jobs 1 --no-progress ${output}`);
      expect(code).toBe(0);
      expect(stdout).toContain("31m");
      // The terminal itself puts a carriage return before every line feed.
      for (const line of stdout.replaceAll("\r\n", "\n").split("\n")) expect(line).not.toMatch(STEERING);
    },
  );

  it("is kept as it is in a file, and JSON tells it by escapes that are read back the same", async () => {
    const csv = await run(["analyze", "hostile.safetensors", "--csv"], folder);
    expect(csv.stdout).toContain(`"${HOSTILE}"`);
    for (const command of [
      ["analyze", "hostile.safetensors", "--json", "r.json", "-q"],
      ["describe", "hostile.safetensors", "--json"],
    ]) {
      const { stdout } = await run(command, folder);
      const text = stdout === "" ? await readFile(join(folder, "r.json"), "utf8") : stdout;
      expect(text).not.toMatch(STEERING);
      expect(JSON.parse(text).layers[0].name).toBe(HOSTILE);
    }
  });
});
