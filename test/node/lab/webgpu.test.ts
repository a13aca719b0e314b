import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EpochRecord } from "#eigenscope/lab/index.js";

const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const BUILT = existsSync(MAIN);
/** The folder in which Debian's Chromium keeps SwiftShader, a GPU of software, and a loader for it. */
const SWIFTSHADER = "/usr/lib/chromium";
const INSTALLED = isInstalled("webgpu");
const READY = BUILT && INSTALLED && existsSync(join(SWIFTSHADER, "libvk_swiftshader.so"));
if (!BUILT) console.warn("SKIPPED test/node/lab/webgpu: the package is not built (npm run build)");
else if (!READY)
  console.warn(
    "SKIPPED the WebGPU engine in Node: it needs webgpu (npm install --no-save webgpu@0.6.2) and Debian's chromium",
  );

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-webgpu-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const software = { LD_LIBRARY_PATH: SWIFTSHADER, VK_ICD_FILENAMES: join(SWIFTSHADER, "vk_swiftshader_icd.json") };
const noDriver = { VK_ICD_FILENAMES: "/nowhere" };

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/**
 * A small training by the command line; `gpu` is the environment in which Vulkan's loader looks for a driver.
 * `interrupt`: at its first record, as by Ctrl-C.
 */
function train(
  folder: string,
  engine: string,
  gpu: Readonly<Record<string, string>>,
  interrupt = false,
): Promise<Ending> {
  const size = ["--epochs", "2", "--train", "50", "--test", "20", "--batch", "16", "--dropout", "0.2"];
  const args = [MAIN, "lab", "train", "synthetic/batch-size", ...size, "--engine", engine, "-o", folder, "--json"];
  const env = { PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: home, ...gpu };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { env, cwd: home });
    let stderr = "";
    child.stderr.on("data", (part) => void (stderr += part));
    child.stdout.on("data", () => interrupt && child.kill("SIGINT"));
    child.on("close", (code, signal) => resolve({ code, signal, stderr }));
  });
}

const runFolder = async (folder: string): Promise<string> =>
  join(folder, "runs", (await readdir(join(folder, "runs")))[0]);
const epochsOf = async (folder: string): Promise<EpochRecord[]> => {
  const text = await readFile(join(await runFolder(folder), "epochs.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
};

describe.skipIf(!READY)("lab train --engine webgpu", () => {
  it(
    "is interrupted and goes on, trains as the WebAssembly engine does, says on what, and is not gone on with " +
      "by another",
    async () => {
      const at = (name: string): string => join(home, name);
      // With work under way on the GPU: its driver must not crash.
      await expect(train(at("webgpu"), "webgpu", software, true)).resolves.toMatchObject({
        signal: "SIGINT",
        stderr: expect.stringContaining("interrupted; finished work is kept in"),
      });
      for (const engine of ["webgpu", "wasm"])
        expect(await train(at(engine), engine, software)).toMatchObject({ code: 0 });

      const run = join(await runFolder(at("webgpu")), "run.json");
      expect(JSON.parse(await readFile(run, "utf8"))).toMatchObject({
        engine: "webgpu",
        adapter: expect.stringContaining("swiftshader"),
      });
      const [told, expected] = [await epochsOf(at("webgpu")), await epochsOf(at("wasm"))];
      expect(told).toHaveLength(3);
      for (const [epoch, { test }] of told.entries()) {
        // Eight steps in f32, each of which rounds otherwise.
        expect(Math.abs(test!.loss! / expected[epoch].test!.loss! - 1)).toBeLessThan(1e-4);
      }

      await expect(train(at("webgpu"), "wasm", {})).resolves.toMatchObject({
        code: 3,
        stderr: expect.stringContaining(
          "the run was begun with the engine webgpu, and wasm would not give the same bits",
        ),
      });
    },
  );

  it("says so where there is no adapter", async () => {
    await expect(train(join(home, "none"), "webgpu", noDriver)).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("WebGPU finds no adapter on this machine"),
    });
  });
});

it.skipIf(!BUILT || INSTALLED)(
  "lab train --engine webgpu says what to install where the package is missing",
  async () => {
    await expect(train(join(home, "missing"), "webgpu", {})).resolves.toMatchObject({
      code: 2,
      stderr:
        "eigenscope: the engine webgpu needs the package webgpu, which is not installed; try: npm install " +
        "webgpu@0.6.2\n",
    });
  },
);
