import { Call, dict, Name, pickleOf, tuple } from "./build-pickle.js";
import { archiveOf, counting, f32, legacyOf, tensor } from "./build-pytorch.js";
import { type Damage, damaged } from "./damage.js";
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

/** The opcodes of pickles. */
export const OPCODES = Array.from(
  "()]}.012abcdegijlopqrstuBCFGIJKLMNPQRSTUVX" +
    "\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8f\x90\x91\x92\x93\x94\x95",
  (char) => char.charCodeAt(0),
);

/** PyTorch files with some damage: of their archives, or of the pickles in sound ones. */
export const PYTORCH_SUBJECTS: Readonly<Record<string, (all: readonly Damage[]) => Uint8Array>> = {
  "the archive": (all) => damaged(archiveOf({ pickle: checkpoint(false), records }), all),
  // A new checksum over the damage, so that it reaches the unpickler.
  "the pickle in a sound archive": (all) => archiveOf({ pickle: damaged(pickleOf(checkpoint(false)), all), records }),
  "the old format": (all) => damaged(legacyOf({ pickle: checkpoint(true), storages: legacyStorages }), all),
  "the old format's pickle": (all) =>
    legacyOf({ pickle: damaged(pickleOf(checkpoint(true)), all), storages: legacyStorages }),
  "torch's own archive": (all) => damaged(fixture("whole.pt"), all),
  "torch's own exported program": (all) => damaged(fixture("exp.pt2"), all),
};
