import { Call, dict, Name, type Pickled, pickleOf, raw, tuple } from "../../formats/build-pickle.js";
import { type ArchiveParts, archiveOf, counting, f32, legacyOf, tensor } from "../../formats/build-pytorch.js";
import { safetensorsOf, safetensorsWith } from "../../formats/build-safetensors.js";
import { concat, fixture, littleEndian } from "../../formats/files-in-memory.js";
import { file, type HostileCase } from "./hostile-case.js";

const entry = ({ name = "a", dtype = "F32", shape = "[2,2]", offsets = "[0,16]" }): string =>
  `"${name}":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const tensors = (...entries: string[]): Uint8Array => safetensorsOf(`{${entries.join(",")}}`, new Uint8Array(16));
const safetensors = (number: number, what: string, bytes: () => Uint8Array, refused: RegExp): HostileCase =>
  file(number, what, "x.safetensors", bytes, refused);

const INDEX = "model.safetensors.index.json";
const SHARD = safetensorsWith({ a: { shape: [1], values: [1] } });
const indexed = (number: number, what: string, map: Record<string, string>, refused: RegExp): HostileCase => ({
  number,
  what,
  files: () => ({ [INDEX]: JSON.stringify({ weight_map: map }), "s.safetensors": SHARD, "t.safetensors": SHARD }),
  input: INDEX,
  refused,
});

export const SAFETENSORS: readonly HostileCase[] = [
  safetensors(1, "fewer than 8 bytes", () => new Uint8Array(7), /has 7 bytes/),
  safetensors(2, "a header longer than the file", () => concat(littleEndian([500, 8]), "{}"), /500 bytes is declared/),
  safetensors(
    3,
    "a header of 2^63-1 bytes",
    () => concat(littleEndian([2n ** 63n - 1n, 8]), "{}"),
    /9223372036854775807 bytes is declared/,
  ),
  safetensors(4, "a header that is no JSON", () => safetensorsOf("{hello}"), /not valid JSON/),
  safetensors(5, "NUL bytes after the JSON", () => safetensorsOf("{}\0\0"), /bytes follow the end/),
  safetensors(6, "a tensor twice", () => tensors(entry({}), entry({})), /occurs twice/),
  safetensors(
    7,
    "overlapping data",
    () => tensors(entry({}), entry({ name: "b", shape: "[2]", offsets: "[4,12]" })),
    /overlaps/,
  ),
  safetensors(8, "a hole", () => tensors(entry({ shape: "[2]", offsets: "[8,16]" })), /8 bytes before its data/),
  safetensors(
    9,
    "a zip behind the data",
    () => concat(tensors(entry({})), "PK\x05\x06"),
    /4 bytes follow the last tensor/,
  ),
  safetensors(10, "data that are cut off", () => tensors(entry({ shape: "[5]", offsets: "[0,20]" })), /truncated/),
  safetensors(
    11,
    "a shape of other bytes",
    () => tensors(entry({ shape: "[5]" })),
    /needs 20 bytes, but its data_offsets span 16/,
  ),
  safetensors(12, "a product of 2^64", () => tensors(entry({ shape: "[4294967296,4294967296]" })), /overflows/),
  safetensors(13, "a negative side", () => tensors(entry({ shape: "[-4]" })), /holds -4/),
  safetensors(14, "an unknown dtype", () => tensors(entry({ dtype: "F7" })), /"F7" is not defined/),
  safetensors(15, "a tensor called __proto__", () => tensors(entry({ name: "__proto__" })), /attack on JavaScript/),
  safetensors(16, "metadata of numbers", () => safetensorsOf('{"__metadata__":{"a":1}}'), /only strings/),
  indexed(17, "a shard outside the folder", { a: "../outside.safetensors" }, /not a plain name/),
  indexed(18, "a shard that is not there", { a: "gone.safetensors" }, /gone\.safetensors, which does not exist/),
  indexed(19, "a tensor in two shards", { a: "s.safetensors", b: "t.safetensors" }, /also holds a tensor of this name/),
  safetensors(
    20,
    "an odd count of 4 bits",
    () => tensors(entry({ dtype: "F4", shape: "[3]", offsets: "[0,2]" })),
    /do not fill whole bytes/,
  ),
  safetensors(
    21,
    "JSON nested 100,000 deep",
    () => safetensorsOf(`{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`),
    /nested deeper/,
  ),
];

const W = tensor({ size: [2, 3] });
const checkpoint = (parts: Partial<ArchiveParts> = {}): Uint8Array =>
  archiveOf({ pickle: dict({ w: W }), records: { "0": f32(...counting(6)) }, ...parts });
const pytorch = (number: number, what: string, parts: Partial<ArchiveParts>, refused: RegExp): HostileCase =>
  file(number, what, "x.pt", () => checkpoint(parts), refused);
/** A checkpoint that is read, for all that is odd in it. */
const readable = (number: number, what: string, bytes: () => Uint8Array, says: RegExp): HostileCase => ({
  number,
  what,
  files: () => ({ "x.pt": bytes() }),
  input: "x.pt",
  read: { says },
});
const strict = (number: number, what: string, bytes: () => Uint8Array, refused: RegExp): HostileCase => ({
  ...file(number, `${what}, where pickles are strict`, "x.pt", bytes, refused),
  flags: ["--strict-pickle"],
});
const pickled = (entries: Readonly<Record<string, Pickled>>): Partial<ArchiveParts> => ({
  pickle: dict({ w: W, ...entries }),
});
const shared = (levels: number): Pickled => {
  let part: Pickled = dict({ v: W });
  for (let level = 0; level < levels; level++) part = [part, part];
  return part;
};
const gadget = new Call(new Call(new Name("builtins", "getattr"), [new Name("os", "system"), "__call__"]), ["id"], {
  state: dict({ x: 1 }),
});
const onNoDevice = new Call(new Name("torch._utils", "_rebuild_meta_tensor_no_storage"), [
  new Name("torch", "float32"),
  tuple(2, 3),
  tuple(3, 1),
  false,
]);
const longStorage = (): Uint8Array =>
  legacyOf({
    pickle: dict({ w: tensor({ size: [2, 3], key: "a", legacyView: null }) }),
    storages: [{ key: "a", numel: 2n ** 40n, data: f32(...counting(6)) }],
  });

export const PYTORCH: readonly HostileCase[] = [
  readable(22, "a call of os.system", () => fixture("evil.pt"), /posix\.system\): none of it was run/),
  strict(22, "a call of os.system", () => fixture("evil.pt"), /its pickle names posix\.system/),
  readable(
    23,
    "a callable put together",
    () => checkpoint(pickled({ gadget })),
    /builtins\.getattr.*none of it was run/,
  ),
  strict(23, "a callable put together", () => checkpoint(pickled({ gadget })), /its pickle names/),
  pytorch(
    24,
    "a storage outside",
    { pickle: dict({ w: tensor({ size: [2, 3], key: "../../etc/passwd" }) }) },
    /data\/\.\.\/\.\.\/etc/,
  ),
  pytorch(
    25,
    "more elements than the record",
    { pickle: dict({ w: tensor({ size: [2, 3], numel: 7 }) }) },
    /7 elements of 4 bytes/,
  ),
  file(25, "a storage longer than the file, in the old format", "x.pt", longStorage, /x\.pt/),
  pytorch(
    26,
    "a view beyond its storage",
    { pickle: dict({ w: tensor({ size: [2, 3], stride: [4, 1], numel: 6 }) }) },
    /reaches element 6/,
  ),
  readable(
    27,
    "a bomb of 2^40 shared parts",
    () => checkpoint(pickled({ bomb: shared(40) })),
    /listed at the first only/,
  ),
  pytorch(
    28,
    "lists nested 200,000 deep",
    { pickle: pickleOf(raw(`${"]".repeat(2e5)}${"a".repeat(2e5 - 1)}`)) },
    /no tensor|nested|deep/,
  ),
  pytorch(29, "a text of 2^40 bytes", { pickle: fixture("hugestr.pkl") }, /x\.pt/),
  pytorch(30, "a pickle that is cut off", { pickle: pickleOf(dict({ w: W })).slice(0, -8) }, /truncated/),
  pytorch(
    31,
    "opcodes after the pickle",
    { pickle: concat(pickleOf(dict({ w: W })), "cos\nsystem\n.") },
    /12 bytes follow the end/,
  ),
  file(32, "no end record", "x.pt", () => checkpoint().slice(0, -9), /no end record.*truncated/),
  pytorch(
    33,
    "another name in the local header",
    { pickled: { local: { name: "archive/data.pk1" } } },
    /another name in its local header/,
  ),
  pytorch(34, "a zip bomb", { pickled: { method: 8, central: { bytes: 1e9 }, local: { bytes: 1e9 } } }, /zip bomb/),
  pytorch(
    35,
    "two pickles of one name",
    { more: [{ name: "archive/data.pkl", data: new Uint8Array(1) }] },
    /two members are called/,
  ),
  pytorch(36, "encryption", { pickled: { central: { flags: 1 }, local: { flags: 1 } } }, /encrypted/),
  pytorch(37, "a wrong checksum", { pickled: { central: { crc: 1 }, local: { crc: 1 } } }, /data\.pkl.*checksum/),
  pytorch(
    38,
    "a name that leads out",
    { more: [{ name: "archive/../x", data: new Uint8Array(1) }] },
    /a member is called/,
  ),
  pytorch(39, "an unknown byte order", { byteorder: "middle" }, /byte order is "middle"/),
  readable(39, "numbers in big-endian order", () => checkpoint({ byteorder: "big" }), /2x3/),
  {
    ...readable(
      40,
      "a tensor on no device",
      () => checkpoint(pickled({ odd: onNoDevice })),
      /"name": "odd",[^}]*meta device/,
    ),
    flags: ["--json"],
  },
];
