import fc from "fast-check";
import { describe, it } from "vitest";
import { FormatError } from "#eigenscope/formats/index.js";
import { unpickle } from "#eigenscope/formats/pytorch/pickle/unpickle.js";
import { Call, dict, Name, pickleOf, tuple } from "./build-pickle.js";
import { archiveOf, counting, f32, legacyOf, tensor } from "./build-pytorch.js";
import { budget, type Damage, damaged, damages, expectSurvival, LONG } from "./damage.js";
import { fixture } from "./files-in-memory.js";

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

const opcodes = Array.from(
  "()]}.012abcdegijlopqrstuBCFGIJKLMNPQRSTUVX\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8f\x90\x91\x92\x93\x94\x95",
  (char) => char.charCodeAt(0),
);
describe("a damaged PyTorch file", () => {
  const SUBJECTS: Record<string, (all: readonly Damage[]) => Uint8Array> = {
    "the archive": (all) => damaged(archiveOf({ pickle: checkpoint(false), records }), all),
    // A new checksum over the damage, so that it reaches the unpickler.
    "the pickle in a sound archive": (all) => archiveOf({ pickle: damaged(pickleOf(checkpoint(false)), all), records }),
    "the old format": (all) => damaged(legacyOf({ pickle: checkpoint(true), storages: legacyStorages }), all),
    "the old format's pickle": (all) =>
      legacyOf({ pickle: damaged(pickleOf(checkpoint(true)), all), storages: legacyStorages }),
    "torch's own archive": (all) => damaged(fixture("whole.pt"), all),
    "torch's own exported program": (all) => damaged(fixture("exp.pt2"), all),
  };
  for (const [subject, make] of Object.entries(SUBJECTS)) {
    it(
      `(${subject}) is read within its size or refused with a FormatError, and leaves nothing open`,
      LONG,
      async () => {
        // Torch's own are a hundred times as long as ours.
        const share = subject.startsWith("torch") ? 1 / 4 : 1;
        await fc.assert(
          fc.asyncProperty(damages(opcodes), (all) => expectSurvival({ "x.pt": make(all) }, "x.pt")),
          budget(share),
        );
      },
    );
  }

  it("(a random program of opcodes) ends as a value or a FormatError", LONG, () => {
    const program = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...opcodes) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
      ),
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
      budget(25),
    );
  });
});
