import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyNetwork } from "#eigenscope/lab/networks/index.js";
import { kernelTrainEngine } from "#eigenscope/lab/training/kernel-engine.js";
import { labEngineOf, nativeKernelHost, nativeTrainEngine } from "#eigenscope/node/lab/native-train-engine.js";
import { BUILT, eigenscope } from "../../cli/eigenscope-process.js";
import { gaussianExamples, inOrder, PROBES } from "../../lab/training/probe-networks.js";
import { addon, LIBRARY, testedTargets } from "../native/library.js";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "native-lab-"));
});
afterAll(() => rm(home, { recursive: true }));

const [target = ""] = testedTargets.slice(-1);

describe.skipIf(addon === undefined)("the lab's kernels of the addon", () => {
  const open = () => addon!.openLab(addon!.targets.indexOf(target));

  it("have strips of two vectors", () => {
    const strips = { baseline: 8, neon: 8, avx2: 16, avx512: 32 } as Record<string, number>;
    expect(addon!.targets.map((_, number) => addon!.openLab(number).stripUnits)).toEqual(
      addon!.targets.map((name) => strips[name]),
    );
  });

  it.each([-1, 99])("are refused for target %i, which the processor does not run", (number) => {
    expect(() => addon!.openLab(number)).toThrow(new RangeError("this processor cannot run that target"));
  });

  it("are refused without their memory, away from their object, and with wrong arguments", () => {
    const lab = open();
    expect(() => lab.clear(0, 1)).toThrow(new TypeError("a kernel of the lab was called without its memory"));
    lab.setMemory(new ArrayBuffer(4096));
    const { clear } = lab;
    expect(() => clear(0, 1)).toThrow("without its memory");
    expect(() => (lab.clear as (to: number) => void)(0)).toThrow("a wrong number of arguments");
    expect(() => lab.clear(0, "1" as never)).toThrow("something that is no number");
    lab.clear(0, 1);
  });

  it("take one memory, an ArrayBuffer of at least a cache line", () => {
    const lab = open();
    expect(() => lab.setMemory(new Float32Array(16) as never)).toThrow("the memory of the lab is an ArrayBuffer");
    expect(() => lab.setMemory(new ArrayBuffer(63))).toThrow("the memory of the lab is too small");
    expect(lab.setMemory(new ArrayBuffer(64))).toBeLessThan(64);
    expect(() => lab.setMemory(new ArrayBuffer(64))).toThrow("the lab has its memory already");
  });

  it("are refused a memory that the machine does not have, with a sentence", () => {
    const host = nativeKernelHost(addon!, target);
    expect(() => host.allocate(2 ** 50, "it")).toThrow(
      "it needs 1048576.0 GiB, but this machine does not have that much free memory; use a smaller batch",
    );
  });

  it.each(addon?.targets.map((name) => [name]) ?? [])(
    "write nothing behind the memory that was laid out: %s",
    async (name) => {
      const ENDS = 3;
      for (const network of PROBES) {
        let behind: Float32Array | undefined;
        const engine = kernelTrainEngine("watched", () => {
          const host = nativeKernelHost(addon!, name);
          return {
            ...host,
            allocate(end, subject) {
              host.allocate(end, subject);
              behind = host.floats(end, 512).fill(ENDS);
            },
          };
        });
        const trainer = await engine.open({ network, loss: "cross-entropy", batch: 5, seed: 1, momentum: 0.9 });
        await trainer.load(gaussianExamples(network, 8));
        await trainer.train(inOrder(8), { batch: 5, rate: 0.01 });
        expect(
          behind?.every((value) => value === ENDS),
          network.name,
        ).toBe(true);
      }
    },
  );
});

describe("the native training engine", () => {
  it.skipIf(addon === undefined)("names its target, on which the bits depend", () => {
    expect(labEngineOf(addon!, target).name).toBe(`native ${target}`);
    const library = { path: LIBRARY!, origin: "build", target } as const;
    expect(nativeTrainEngine({ library, refused: [], off: false }).name).toBe(`native ${target}`);
  });

  it("throws where there is no library, and says why", () => {
    expect(() => nativeTrainEngine({ library: null, refused: [], off: true })).toThrow(
      "the native engine is switched off (EIGENSCOPE_NATIVE=off)",
    );
  });

  const size = ["--epochs", "1", "--train", "40", "--test", "20", "--batch", "16"];
  const train = (folder: string, library: string) =>
    eigenscope(["lab", "train", "synthetic/batch-size", ...size, "--engine", "native", "-o", folder], {
      env: { EIGENSCOPE_NATIVE: library, EIGENSCOPE_NATIVE_TARGET: target },
    });

  it.skipIf(!BUILT || LIBRARY === undefined)("trains in workers by --engine native, and its run says so", async () => {
    const folder = join(home, "run");
    expect((await train(folder, LIBRARY!)).code).toBe(0);
    const run = JSON.parse(await readFile(join(folder, "runs", "b16-seed1", "run.json"), "utf8"));
    expect(run.engine).toBe(`native ${target}`);
  });

  it.skipIf(!BUILT)("ends as wrong usage without a library, before anything is written", async () => {
    const { code, stderr } = await train(join(home, "none"), "off");
    expect([code, stderr]).toEqual([2, expect.stringContaining("the native engine is switched off")]);
  });
});

describe.skipIf(addon === undefined)("a training by the native engine", () => {
  it("has the same bits with other trainings beside it", async () => {
    const engine = labEngineOf(addon!, target);
    const options = { network: tinyNetwork, loss: "cross-entropy", batch: 6, seed: 3, momentum: 0.9 } as const;
    const examples = gaussianExamples(tinyNetwork, 24, 4);
    const steps = async (others: number) => {
      const trainers = await Promise.all(Array.from({ length: 1 + others }, () => engine.open(options)));
      for (const trainer of trainers) await trainer.load(examples);
      for (let from = 0; from < 24; from += 6)
        for (const trainer of trainers)
          await trainer.train(inOrder(24).subarray(from, from + 6), { batch: 6, rate: 0.02 });
      return trainers[0].state();
    };
    expect(await steps(2)).toEqual(await steps(0));
  });
});
