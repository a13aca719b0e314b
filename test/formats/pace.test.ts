import { describe, expect, it, vi } from "vitest";
import {
  BASE_BYTES,
  BASE_STEPS,
  BYTES_PER_BYTE,
  finish,
  MAX_BYTES,
  Pace,
  STEPS_PER_BYTE,
  STEPS_PER_TURN,
  type Steps,
  unpaced,
} from "#eigenscope/bytes/pace.js";
import { forEachJsonEntryInSteps, parseJson, parseJsonInSteps } from "#eigenscope/bytes/strict-json.js";
import { FormatError, openWeightFile } from "#eigenscope/formats/index.js";
import { unpickleInSteps } from "#eigenscope/formats/pytorch/pickle/unpickle.js";
import { stateDictInSteps } from "#eigenscope/formats/pytorch/state-dict.js";
import { planLayersInSteps } from "#eigenscope/layers/plan-layers.js";
import { node, ones, onnxOf } from "./build-onnx.js";
import { safetensorsWith } from "./build-safetensors.js";
import { filesInMemory, openOne } from "./files-in-memory.js";

/** A pace that counts its turns, and aborts at one of them. */
function counting({
  abortAt = Number.POSITIVE_INFINITY,
  ...options
}: {
  abortAt?: number;
  limited?: boolean;
} = {}): Pace {
  const controller = new AbortController();
  const pace: Pace = new Pace({
    limited: false,
    ...options,
    signal: controller.signal,
    nextTurn: async () => {
      if (pace.turns === abortAt) controller.abort(new Error("enough"));
    },
  });
  return pace;
}

function* work(pace: Pace, steps: number): Steps<string> {
  for (let k = 0; k < steps; k++) if (pace.spend(1)) yield;
  return "done";
}

describe("a pace", () => {
  it("gives the event loop a turn every STEPS_PER_TURN steps, and none before", async () => {
    for (const [steps, turns] of [
      [STEPS_PER_TURN - 1, 0],
      [STEPS_PER_TURN, 1],
      [10 * STEPS_PER_TURN, 10],
    ] as const) {
      const pace = counting();
      expect(await pace.run(work(pace, steps))).toBe("done");
      expect(pace.turns).toBe(turns);
    }
  });

  it("gives other work its turn, where there is setImmediate and where there is none, as in browsers", async () => {
    const next = globalThis.setImmediate;
    for (const setImmediate of [next, undefined]) {
      vi.stubGlobal("setImmediate", setImmediate);
      let others = 0;
      const work = (): void => {
        if (++others < 2) next(work);
      };
      next(work);
      const pace = new Pace();
      while (others < 2 && pace.turns < 1e6) await pace.turn();
      vi.unstubAllGlobals();
      expect(others).toBe(2);
    }
  });

  it("ends with the signal's reason at the turn after the abort", async () => {
    const pace = counting({ abortAt: 3 });
    await expect(pace.run(work(pace, 10 * STEPS_PER_TURN))).rejects.toThrow("enough");
    expect(pace.turns).toBe(3);
  });

  it("begins nothing where the signal was aborted before", async () => {
    const pace = new Pace({ signal: AbortSignal.abort(new Error("before")) });
    await expect(pace.run(work(pace, 1))).rejects.toThrow("before");
  });

  it("lets the event loop's own turns pass while it works", async () => {
    const pace = new Pace({ limited: false });
    let ticks = 0;
    let running = true;
    const count = (): void => {
      ticks++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await pace.run(work(pace, 20 * STEPS_PER_TURN));
    running = false;
    expect(ticks).toBeGreaterThanOrEqual(19);
  });

  it("refuses more steps than a file's bytes may ask for, naming the file", () => {
    const pace = new Pace({ file: "x.pt" });
    pace.grant(1000);
    const most = BASE_STEPS + 1000 * STEPS_PER_BYTE;
    pace.spend(most);
    expect(() => pace.spend(1)).toThrow(
      /^x\.pt: its structure needs more work than any real file of its size\. .* get it again/,
    );
    const granted = new Pace({});
    granted.grant(1001);
    expect(() => granted.spend(most + STEPS_PER_BYTE)).not.toThrow();
  });

  it("refuses more memory than a file's bytes may ask for, and than any file may", () => {
    const small = new Pace({});
    small.grant(1000);
    small.keep(BASE_BYTES + 1000 * BYTES_PER_BYTE);
    expect(() => small.keep(1)).toThrow(/needs more memory/);
    const large = new Pace({});
    large.grant(2 ** 40);
    large.keep(MAX_BYTES);
    expect(() => large.keep(1)).toThrow(FormatError);
  });

  it("has no budget where none is wanted", () => {
    expect(finish(work(unpaced(), 100))).toBe("done");
    expect(() => unpaced().spend(2 ** 50)).not.toThrow();
    expect(() => unpaced().keep(2 ** 50)).not.toThrow();
  });
});

/** Turns of the event loop that some work gives. */
async function turnsOf(make: (pace: Pace) => Steps<unknown>): Promise<number> {
  const pace = counting();
  await pace.run(make(pace));
  return pace.turns;
}

const manyEntries = (count: number): Uint8Array =>
  new TextEncoder().encode(`{${Array.from({ length: count }, (_, k) => `"k${k}":{"a":[${k}]}`).join(",")}}`);

describe("work on a file's structure pauses", () => {
  it.each([
    ["parsing JSON", (pace: Pace) => parseJsonInSteps(manyEntries(50_000), { maxDepth: 4 }, pace)],
    [
      "parsing one deep JSON value",
      (pace: Pace) =>
        parseJsonInSteps(
          new TextEncoder().encode(`${"[".repeat(50_000)}${"]".repeat(50_000)}`),
          { maxDepth: 50_000 },
          pace,
        ),
    ],
    [
      "visiting the entries of a JSON object",
      (pace: Pace) => forEachJsonEntryInSteps(manyEntries(50_000), { maxDepth: 4 }, { visit: () => {}, pace }),
    ],
    [
      "unpickling",
      (pace: Pace) =>
        unpickleInSteps(
          { bytes: Uint8Array.from([0x80, 2, 0x5d, 0x28, ...Array(200_000).fill(0x4e), 0x65, 0x2e]), where: {} },
          pace,
        ),
    ],
  ] as const)("%s", async (_, make) => {
    expect(await turnsOf(make)).toBeGreaterThanOrEqual(3);
  });

  it("walking an unpickled graph", async () => {
    const { value } = finish(
      unpickleInSteps(
        { bytes: Uint8Array.from([0x80, 2, 0x5d, 0x28, ...Array(200_000).fill(0x4e), 0x65, 0x2e]), where: {} },
        unpaced(),
      ),
    );
    const pace = counting();
    await expect(pace.run(stateDictInSteps(value, { where: {}, pace }))).rejects.toThrow("holds no tensor");
    expect(pace.turns).toBeGreaterThanOrEqual(5);
  });

  it("planning layers, and an abort is heard there", async () => {
    const tensors = Array.from({ length: 5000 }, (_, k) => [`h.${k}.weight`, { shape: [1, 1], values: [k] }] as const);
    const file = await openOne("x.safetensors", safetensorsWith(Object.fromEntries(tensors)));
    const options = { conv: "slices", include: ["*a*b*"], exclude: [], minEigenvalues: 1 } as const;
    expect(await turnsOf((pace) => planLayersInSteps(file, options, pace))).toBeGreaterThanOrEqual(10);
    const pace = counting({ abortAt: 2 });
    await expect(pace.run(planLayersInSteps(file, options, pace))).rejects.toThrow("enough");
  });
});

describe("an ONNX graph", () => {
  it("is walked once a node, however many of its constants go into one", async () => {
    const count = 2000;
    const names = Array.from({ length: count }, (_, k) => `t${k}`);
    const bytes = onnxOf({
      nodes: [node("Concat", names, ["all"])],
      initializers: names.map((name) => ones(name, 1, 1)),
    });
    const pace = counting();
    const file = await openWeightFile(filesInMemory({ "x.onnx": bytes }, "x.onnx"), { pace });
    expect(file.tensors).toHaveLength(count);
    // Asked for each constant whether each of the others is one: 4 million steps.
    expect(pace.turns).toBeLessThanOrEqual(1e6 / STEPS_PER_TURN);
  });
});

describe("deep JSON", () => {
  it("is parsed without a deep stack where its limit allows", () => {
    const deep = 200_000;
    let value = parseJson(new TextEncoder().encode(`${"[".repeat(deep)}1${"]".repeat(deep)}`), { maxDepth: deep });
    let depth = 0;
    for (; Array.isArray(value); depth++) value = value[0];
    expect(depth).toBe(deep);
  });
});
