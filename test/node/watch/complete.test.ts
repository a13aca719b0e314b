import { copyFile, mkdtemp, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { spectraInMemory } from "#eigenscope/analysis/store/memory-store.js";
import { stateOf } from "#eigenscope/node/watch/checkpoint-state.js";
import type { FoundCheckpoint } from "#eigenscope/node/watch/find-checkpoints.js";
import { type Reading, type ReadOutcome, readCheckpoint } from "#eigenscope/node/watch/read-checkpoint.js";
import { createEngine, inPlacePool } from "#eigenscope/spectra/index.js";
import { atStep } from "./training.js";

const FIXTURES = fileURLToPath(new URL("../../fixtures/formats/", import.meta.url));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "eigenscope-complete-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function read(path: string, more: Partial<Reading> = {}): Promise<ReadOutcome> {
  const checkpoint: FoundCheckpoint = { name: basename(path), path, kind: "file", files: [path], beside: [] };
  const state = await stateOf(checkpoint, true);
  if (state === undefined) throw new Error(`there is no ${path}`);
  return readCheckpoint(
    { checkpoint, state },
    {
      options: { minEigenvalues: 1 },
      spectra: spectraInMemory(),
      host: { createPool: async () => inPlacePool(createEngine("wasm")) },
      ...more,
    },
  );
}

/** One whole model of each format that checkpoints are written in. */
const MODELS = ["W.npy", "ckpt.pth", "flax.msgpack"];
/** HDF5 has space behind the last tensor, which nothing needs: without it, all values are there. */
const WITH_SPACE = ["features_earliest.h5", "features_latest.h5"];
const numbers = (outcome: ReadOutcome) =>
  outcome.kind === "read" ? outcome.results.map(({ record: { name, norm } }) => [name, norm]) : outcome.kind;

describe("a checkpoint that is not written to its end", () => {
  it.each(MODELS)("is never read: %s, cut at any of 12 places", async (name) => {
    const path = join(home, name);
    await copyFile(join(FIXTURES, name), path);
    expect((await read(path)).kind).toBe("read");
    const { size } = await stat(path);
    for (let k = 11; k >= 0; k--) {
      await truncate(path, k === 11 ? size - 1 : Math.floor((k * size) / 11));
      expect([k, (await read(path)).kind]).toEqual([k, "partial"]);
    }
  });

  it.each(WITH_SPACE)("is never half-read: %s, cut at any of 6 places", async (name) => {
    const path = join(home, name);
    await copyFile(join(FIXTURES, name), path);
    const whole = numbers(await read(path));
    expect(whole.length).toBeGreaterThan(2);
    const { size } = await stat(path);
    const found: unknown[] = [];
    for (let k = 5; k >= 0; k--) {
      await truncate(path, k === 5 ? size - 1 : Math.floor((k * size) / 6));
      found.push(numbers(await read(path)));
    }
    for (const one of found) expect(["partial", whole]).toContainEqual(one);
    expect(found.at(-1)).toBe("partial");
  });

  it("is never read: safetensors, cut anywhere, or longer than it says", async () => {
    const path = join(home, "model.safetensors");
    const bytes = atStep(1);
    for (let length = 0; length < bytes.length; length += 97) {
      await writeFile(path, bytes.subarray(0, length));
      expect([length, (await read(path)).kind]).toEqual([length, "partial"]);
    }
    await writeFile(path, Buffer.concat([bytes, Buffer.alloc(8)]));
    expect((await read(path)).kind).toBe("partial");
    await writeFile(path, bytes);
    expect((await read(path)).kind).toBe("read");
  });
});

describe("a checkpoint that changes while it is read", () => {
  it("gives nothing if only its time, its size or its inode is another one at the end", async () => {
    const path = join(home, "model.safetensors");
    const changes: readonly (() => Promise<void>)[] = [
      () => utimes(path, 1, 1),
      async () => writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(1)])),
      async () => {
        const { atime, mtime } = await stat(path);
        await copyFile(path, `${path}.tmp`);
        await rm(path);
        await copyFile(`${path}.tmp`, path);
        await utimes(path, atime, mtime);
      },
    ];
    for (const change of changes) {
      await writeFile(path, atStep(1));
      let asked = 0;
      const outcome = await read(path, {
        stateNow: async (checkpoint) => {
          if (asked++ === 0) await change();
          return stateOf(checkpoint, true);
        },
      });
      expect(outcome).toEqual({ kind: "changed" });
    }
  });

  it("keeps no spectrum that was solved from it", async () => {
    const path = join(home, "model.safetensors");
    await writeFile(path, atStep(1));
    const spectra = spectraInMemory();
    const kept: string[] = [];
    const outcome = await read(path, {
      spectra: {
        get: (key) => spectra.get(key),
        put: async ({ key }) => {
          kept.push(key);
        },
      },
      stateNow: async () => undefined,
    });
    expect(outcome).toEqual({ kind: "vanished" });
    expect(kept).toEqual([]);
  });

  it("rejects with the reason of the signal", async () => {
    const path = join(home, "model.safetensors");
    await writeFile(path, atStep(1));
    const reason = new Error("stopped");
    await expect(read(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
