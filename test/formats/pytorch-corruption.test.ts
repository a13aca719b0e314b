import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError, openWeightFile } from "#weightscope/formats/index.js";
import { unpickle } from "#weightscope/formats/pytorch/pickle/unpickle.js";
import { Call, dict, Name, pickleOf, tuple } from "./build-pickle.js";
import { archiveOf, counting, f32, legacyOf, tensor } from "./build-pytorch.js";
import { filesInMemory, fixture } from "./files-in-memory.js";

/** Runs for each; `FUZZ_RUNS=1000000 npx vitest run test/formats/pytorch-corruption.test.ts` is the long run. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 400);
const LONG = { timeout: 24 * 3600_000 };

const key = (name: string, legacy: boolean) => (legacy ? { key: name, legacyView: null } : { key: name });
const checkpoint = (legacy: boolean) =>
  dict({
    state_dict: dict({
      w: tensor({ size: [2, 3], ...key("0", legacy) }),
      t: tensor({ size: [3, 2], stride: [1, 3], numel: 6, ...key("0", legacy) }),
      h: tensor({ size: [3], storageClass: new Name("torch", "HalfStorage"), ...key("1", legacy) }),
    }),
    module: new Call(new Name("my", "Net"), [], { state: dict({ _parameters: dict({}), _modules: dict({}) }) }),
    optimizer: dict({ state: [tuple(1, 2.5, null)], param_groups: [] }),
  });
const records = { "0": f32(...counting(6)), "1": new Uint8Array(6) };
const legacyStorages = [
  { key: "0", numel: 6, data: records["0"] },
  { key: "1", numel: 3, data: records["1"] },
];

/** How bytes are damaged: overwritten, cut out, doubled, or cut off. */
interface Damage {
  readonly kind: "set" | "cut" | "double" | "truncate";
  readonly at: number;
  readonly length: number;
  readonly byte: number;
}

function damaged(bytes: Uint8Array, { kind, at, length, byte }: Damage): Uint8Array {
  const start = at % (bytes.length + 1);
  const end = Math.min(bytes.length, start + length);
  const pieces = {
    set: [bytes.subarray(0, start), new Uint8Array(end - start).fill(byte), bytes.subarray(end)],
    cut: [bytes.subarray(0, start), bytes.subarray(end)],
    double: [bytes.subarray(0, end), bytes.subarray(start)],
    truncate: [bytes.subarray(0, start)],
  }[kind];
  return Uint8Array.from(pieces.flatMap((piece) => Array.from(piece)));
}

const opcodes = Array.from(
  "()]}.012abcdegijlopqrstuBCFGIJKLMNPQRSTUVX\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8f\x90\x91\x92\x93\x94\x95",
  (char) => char.charCodeAt(0),
);
const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Damage["kind"]>("set", "set", "set", "cut", "double", "truncate"),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 9 }),
    byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...opcodes)),
  }),
  { minLength: 1, maxLength: 4 },
);
const apply = (bytes: Uint8Array, all: readonly Damage[]): Uint8Array => all.reduce(damaged, bytes);

/** Opens and reads everything; only a FormatError without control characters may come of it, and never more values than the bytes bear out. */
async function survives(bytes: Uint8Array): Promise<void> {
  const watched = filesInMemory({ "x.pt": bytes }, "x.pt");
  try {
    const file = await openWeightFile(watched);
    try {
      for (const one of file.tensors) {
        if (one.unreadable !== undefined) continue;
        let count = 0;
        for await (const chunk of one.values()) count += chunk.length;
        expect(count).toBeLessThanOrEqual(bytes.length * 1032);
        expect(count).toBe(one.shape.reduce((product, side) => product * side, 1));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  }
  expect([...watched.stillOpen]).toEqual([]);
  for (const { name } of watched.reads) expect(name).toBe("x.pt");
}

describe("a damaged PyTorch file", () => {
  const SUBJECTS: Record<string, (all: readonly Damage[]) => Uint8Array> = {
    "the archive": (all) => apply(archiveOf({ pickle: checkpoint(false), records }), all),
    // A new checksum over the damage, so that it reaches the unpickler.
    "the pickle in a sound archive": (all) => archiveOf({ pickle: apply(pickleOf(checkpoint(false)), all), records }),
    "the old format": (all) => apply(legacyOf({ pickle: checkpoint(true), storages: legacyStorages }), all),
    "the old format's pickle": (all) => legacyOf({ pickle: apply(pickleOf(checkpoint(true)), all), storages: legacyStorages }),
    "torch's own archive": (all) => apply(fixture("whole.pt"), all),
    "torch's own exported program": (all) => apply(fixture("exp.pt2"), all),
  };
  for (const [subject, make] of Object.entries(SUBJECTS)) {
    it(`(${subject}) is read within its size or refused with a FormatError, and leaves nothing open`, LONG, async () => {
      const runs = subject.startsWith("torch") ? Math.ceil(RUNS / 4) : RUNS;
      await fc.assert(
        fc.asyncProperty(damages, (all) => survives(make(all))),
        { seed: 5, numRuns: runs },
      );
    });
  }

  it("(a random program of opcodes) ends as a value or a FormatError", LONG, () => {
    const program = fc.array(
      fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...opcodes) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(program, (bytes) => {
        try {
          unpickle({ bytes: Uint8Array.from([...bytes, 0x2e]), where: {} });
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { seed: 9, numRuns: 25 * RUNS },
    );
  });
});
