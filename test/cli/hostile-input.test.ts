import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../remote/test-server.js";
import { ANY_FILE } from "./hostile/any-file.js";
import type { HostileCase } from "./hostile/hostile-case.js";
import { GGUF, HDF5, NUMPY, ONNX, TENSORFLOW } from "./hostile/other-formats.js";
import { PYTORCH, SAFETENSORS } from "./hostile/safetensors-and-pytorch.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const WATCH = fileURLToPath(new URL("hostile/watch-process.mjs", import.meta.url));
const BUILT = existsSync(MAIN);
if (!BUILT) console.warn("SKIPPED: the command line as a process, because dist/ is not built (npm run build)");

/**
 * Processor time of the process, not the clock's: other work on the machine stretches it by 2 at the most, through shared caches and cores. Every case
 * passed with a bound of 2 s on a quiet machine; one that a file can blow up takes minutes.
 */
const MAX_CPU_MS = 10_000;
const MOST_BYTES = 300e6;
/** How many numbers the list of hostile inputs has (docs/formats.md). */
const NUMBERS = 91;

let server: TestServer;
const LYING: HostileCase = {
  number: 91,
  what: "a server that knows no ranges",
  files: () => ({}),
  input: "",
  prepare: async () => `${server.origin}/x.safetensors`,
  refused: /range/,
};
const CASES = [...SAFETENSORS, ...PYTORCH, ...GGUF, ...ONNX, ...HDF5, ...NUMPY, ...TENSORFLOW, ...ANY_FILE, LYING];

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly opened: readonly string[];
  readonly peakBytes: number;
  readonly cpuMs: number;
}

describe.skipIf(!BUILT)("hostile input, through the command line", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "weightscope-hostile-"));
    await writeFile(join(home, "secret.bin"), "What nobody named.");
    server = await startServer();
    // All of a large file, whatever range is asked for.
    server.before = (_request, response) => {
      response.writeHead(200, { "content-length": 2 ** 30 });
      response.write(new Uint8Array(2 ** 16));
      return true;
    };
  });
  afterAll(async () => {
    await server.close();
    await rm(home, { recursive: true, force: true });
  });

  it("every number of the list has a case", () => {
    const numbers = new Set(CASES.map(({ number }) => number));
    expect(Array.from({ length: NUMBERS }, (_, k) => k + 1).filter((number) => !numbers.has(number))).toEqual([]);
  });

  it.each(CASES.map((one, k) => [`${one.number}: ${one.what}`, one, `case${k}`] as const))("%s", async (_, one, name) => {
    const folder = join(home, name);
    await mkdir(folder);
    try {
      for (const [path, content] of Object.entries(one.files())) await writeFile(join(folder, path), content);
      const input = (await one.prepare?.(folder)) ?? one.input;
      const ended = await analyze(folder, [input, "--min-eigenvalues", "1", ...(one.flags ?? [])]);
      expectAnswer(one, ended);
      expect(ended.opened.filter((path) => isElsewhere(path, folder))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  function analyze(folder: string, args: readonly string[]): Promise<Ended> {
    const watched = join(home, "watched.json");
    // Nothing of this machine's own: no token, no cache.
    const env = { PATH: process.env.PATH, HOME: home, WATCHED_TO: watched };
    return new Promise((resolve, reject) => {
      execFile(process.execPath, ["--import", WATCH, MAIN, "analyze", ...args], { cwd: folder, env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        readFile(watched, "utf8").then((text) => resolve({ code, stdout, stderr, ...JSON.parse(text) }), reject);
      });
    });
  }
});

/** Where Node finds the program's own code, links followed. */
const CODE = await Promise.all(
  ["../../dist/", "../../node_modules/"].map((path) => realpath(new URL(path, import.meta.url)).catch(() => "")),
);

function expectAnswer({ refused, read }: HostileCase, { code, stdout, stderr, peakBytes, cpuMs }: Ended): void {
  if (refused !== undefined) {
    expect(stderr).toMatch(refused);
    expect(stderr).toMatch(/^weightscope: [^\n]+[.!]\n$/);
    expect([code, stdout]).toEqual([3, ""]);
  } else {
    expect(stdout + stderr).toMatch(read!.says);
    expect(code).toBe(read!.code ?? 0);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
  expect(stderr).not.toMatch(/\n\s+at |[\u0000-\u0009\u000b-\u001f]/);
  expect(peakBytes).toBeLessThan(MOST_BYTES);
  expect(cpuMs).toBeLessThan(MAX_CPU_MS);
}

/** Neither the model's nor the program's own. */
/** What the process asks of its own system: the limit on its address space. */
const OWN = new Set(["/proc/self/limits"]);

function isElsewhere(path: string, folder: string): boolean {
  if (OWN.has(path)) return false;
  if (CODE.some((home) => home !== "" && path.startsWith(home))) return false;
  const way = relative(folder, isAbsolute(path) ? path : join(folder, path));
  return way.startsWith("..") || isAbsolute(way);
}
