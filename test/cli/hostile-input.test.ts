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
const WATCHED_RUNS = fileURLToPath(new URL("hostile/watched-runs.mjs", import.meta.url));
const BUILT = existsSync(MAIN);
if (!BUILT) console.warn("SKIPPED: the command line as a process, because dist/ is not built (npm run build)");

/**
 * Steps on a file's structure (`bytes/pace.ts`), some 0.2 s. A million tensors, in a file of 70 MB, take 3.2 million;
 * no other input more than 0.8 million.
 */
const MAX_STEPS = 2 ** 22;
/** Of a process that has run all inputs of a format, one after the other. */
const MAX_PEAK_BYTES = 300e6;
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
/** The inputs of a format are handed to one process, one after the other. */
const GROUPS = {
  safetensors: SAFETENSORS,
  PyTorch: PYTORCH,
  GGUF,
  ONNX,
  HDF5,
  NumPy: NUMPY,
  TensorFlow: TENSORFLOW,
  "any file": ANY_FILE,
  "a server": [LYING],
};

/** How one run ended; `peakBytes` is the process's so far. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly opened: readonly string[];
  readonly steps: number;
  readonly peakBytes: number;
}

describe.skipIf(!BUILT)("hostile input, through the command line", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "eigenscope-hostile-"));
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
    const numbers = new Set(Object.values(GROUPS).flatMap((cases) => cases.map(({ number }) => number)));
    expect(Array.from({ length: NUMBERS }, (_, k) => k + 1).filter((number) => !numbers.has(number))).toEqual([]);
  });

  describe.each(Object.entries(GROUPS))("%s", (group, cases) => {
    const folderOf = (k: number): string => join(home, group, `case${k}`);
    let whole: { readonly code: number; readonly stderr: string; readonly runs: readonly Ended[] };
    beforeAll(async () => {
      const runs: { cwd: string; args: readonly string[] }[] = [];
      for (const [k, one] of cases.entries()) {
        const cwd = folderOf(k);
        await mkdir(cwd, { recursive: true });
        for (const [path, content] of Object.entries(one.files())) await writeFile(join(cwd, path), content);
        const input = (await one.prepare?.(cwd)) ?? one.input;
        runs.push({ cwd, args: ["analyze", input, "--min-eigenvalues", "1", ...(one.flags ?? [])] });
      }
      const list = join(home, group, "runs.json");
      await writeFile(list, JSON.stringify(runs));
      whole = await watched(list);
    });
    afterAll(() => rm(join(home, group), { recursive: true, force: true }));

    it.each(cases.map((one, k) => [`${one.number}: ${one.what}`, one, k] as const))("%s", (_, one, k) => {
      const ended = whole.runs[k];
      expect(ended, whole.stderr).toBeDefined();
      expectAnswer(one, ended);
      expect(ended.opened.filter((path) => isElsewhere(path, folderOf(k)))).toEqual([]);
    });

    it("and the process ends by itself, with nothing left open", () => {
      expect([whole.code, whole.stderr]).toEqual([0, ""]);
    });
  });

  function watched(list: string): Promise<{ code: number; stderr: string; runs: Ended[] }> {
    // Nothing of this machine's own: no token, no cache.
    const env = { PATH: process.env.PATH, HOME: home };
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [WATCHED_RUNS, list], { cwd: home, env }, (error, _, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        readFile(`${list}.ended`, "utf8")
          .then((lines) =>
            resolve({
              code,
              stderr,
              runs: lines
                .trimEnd()
                .split("\n")
                .map((line) => JSON.parse(line)),
            }),
          )
          .catch(() => reject(new Error(`no run ended: ${stderr}`)));
      });
    });
  }
});

/** Where Node finds the program's own code, links followed. */
const CODE = await Promise.all(
  ["../../dist/", "../../node_modules/"].map((path) => realpath(new URL(path, import.meta.url)).catch(() => "")),
);

function expectAnswer({ refused, read }: HostileCase, { code, stdout, stderr, peakBytes, steps }: Ended): void {
  if (refused !== undefined) {
    expect(stderr).toMatch(refused);
    expect(stderr).toMatch(/^eigenscope: [^\n]+[.!]\n$/);
    expect([code, stdout]).toEqual([3, ""]);
  } else {
    expect(stdout + stderr).toMatch(read!.says);
    expect(code).toBe(read!.code ?? 0);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
  expect(stderr).not.toMatch(/\n\s+at |[\u0000-\u0009\u000b-\u001f]/);
  expect(peakBytes).toBeLessThan(MAX_PEAK_BYTES);
  expect(steps).toBeLessThan(MAX_STEPS);
}

/** What the process asks of its own system: the limit on its address space. */
const OWN = new Set(["/proc/self/limits"]);

/** Neither the model's nor the program's own. */
function isElsewhere(path: string, folder: string): boolean {
  if (OWN.has(path)) return false;
  if (CODE.some((home) => home !== "" && path.startsWith(home))) return false;
  const way = relative(folder, isAbsolute(path) ? path : join(folder, path));
  return way.startsWith("..") || isAbsolute(way);
}
