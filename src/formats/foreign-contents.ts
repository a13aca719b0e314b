import { FormatError, type FormatErrorKind } from "../bytes/errors.js";

/** Contents that are recognised but that no reader accepts: their name, and what the user can do. */
export interface ForeignContents {
  readonly what: string;
  readonly kind: FormatErrorKind;
  readonly remedy: string;
  /** True for formats that do hold weights: in a folder they are worth naming. */
  readonly weights: boolean;
}

interface Rule extends ForeignContents {
  matches(head: Uint8Array, name: string, byteLength: number): boolean;
}

const CONVERT_REMEDY = "This version does not read it yet; a .safetensors copy of the same model can be analysed.";
const UNPACK = "Unpack it and name the file inside.";

/** Rules in order, the most reliable signs first. */
const RULES: readonly Rule[] = [
  {
    what: "an empty file (0 bytes)",
    kind: "malformed",
    remedy: "Get the file again.",
    weights: false,
    matches: (_head, _name, byteLength) => byteLength === 0,
  },
  {
    what: "a git-LFS pointer, not the file itself",
    kind: "unknown-format",
    remedy: 'Run "git lfs pull" in its repository to fetch the weights.',
    weights: false,
    matches: (head) => startsWithText(head, "version https://git-lfs"),
  },
  {
    what: "a web page (HTML), not a weight file",
    kind: "unknown-format",
    remedy:
      "The download got a login or error page; open the address in a browser, or give a token, and download again.",
    weights: false,
    matches: (head) => /^\s*<(!doctype html|html|head|body)\b/i.test(textOf(head)),
  },
  elsewhere(
    "an OpenVINO model",
    "openvino.convert_model reads the original: name that (ONNX, PyTorch).",
    (head, name) => /\.xml$/.test(name) && /<net\b/.test(textOf(head)),
  ),
  elsewhere(
    "a Core ML model",
    "Name the model that it was converted from.",
    (head, name) =>
      /\.(mlmodel|mlpackage)$|(^|\/)weight\.bin$|coremldata\.bin$/.test(name) && !startsWithText(head, "PK"),
  ),
  elsewhere(
    "an ncnn model",
    "Name the model that it was converted from (ONNX, PyTorch).",
    (head, name) => startsWithText(head, "7767517") || (/\.param$/.test(name) && /^7767517/.test(textOf(head))),
  ),
  elsewhere(
    "a Paddle model",
    "Convert it to ONNX (paddle2onnx), or save its state_dict as safetensors, and name that.",
    (head, name) => /\.(pdparams|pdiparams|pdmodel|pdopt)$/.test(name) || isPaddleProgram(head, name),
  ),
  elsewhere(
    "an Orbax checkpoint",
    "Restore it with orbax and save the parameters by flax.serialization.to_bytes (.msgpack) or as safetensors.",
    (_head, name) => /(^|\/)(manifest\.ocdbt|_METADATA|_CHECKPOINT_METADATA)$/.test(name),
  ),
  elsewhere(
    "an MXNet model",
    "Convert it to ONNX (mxnet.onnx.export_model) and name that.",
    (head, name) => name.endsWith(".params") && startsWithBytes(head, [0x12, 0x01, 0, 0, 0, 0, 0, 0]),
  ),
  elsewhere(
    "a TensorRT engine",
    "It is compiled for one GPU: name the model that it was built from.",
    (head, name) => /\.(engine|plan|trt)$/.test(name) && startsWithText(head, "ftrt"),
  ),
  notReadable("an old GGML file", (head) =>
    ["tjgg", "fmgg", "lmgg", "algg"].some((magic) => startsWithText(head, magic)),
  ),
  {
    what: "a zip archive that holds no NumPy arrays or PyTorch records in front",
    kind: "unsupported",
    remedy: UNPACK,
    weights: false,
    matches: (head) => startsWithText(head, "PK\x03\x04") || startsWithText(head, "PK\x05\x06"),
  },
  {
    what: "a Python pickle that torch.save did not write (pickle.dump, joblib)",
    kind: "unsupported",
    remedy:
      "Its contents are inside the pickle, which is not read; save the weights by torch.save(state_dict) or " +
      "as safetensors.",
    weights: true,
    matches: (head) => head[0] === 0x80 && head[1] >= 2 && head[1] <= 5,
  },
  compressed("gzip", [0x1f, 0x8b]),
  compressed("zstd", [0x28, 0xb5, 0x2f, 0xfd]),
  compressed("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]),
  compressed("bzip2", [0x42, 0x5a, 0x68]),
  compressed("7-Zip", [0x37, 0x7a, 0xbc, 0xaf]),
  {
    what: "a PyTorch file from before version 0.1.10 (tar)",
    kind: "unsupported",
    remedy: "Load it with PyTorch and save it again.",
    weights: true,
    matches: (head) => isTar(head) && /^(sys_info|pickle|storages|tensors)\0/.test(textOf(head.subarray(0, 100))),
  },
  {
    what: "a tar archive",
    kind: "unsupported",
    remedy: UNPACK,
    weights: false,
    matches: isTar,
  },
  notReadable(
    "a TensorFlow graph (.pb)",
    (_head, name) => name.endsWith(".pb") && !/(^|\/)(fingerprint|keras_metadata)\.pb$/.test(name),
  ),
  {
    what: "raw weights without a list of tensors (OpenVINO, ncnn or another engine's .bin)",
    kind: "unsupported",
    remedy: "Such a file belongs to a description beside it (.xml, .param); name the model that it was converted from.",
    weights: false,
    // torch.save and safetensors begin otherwise, and no text does so.
    matches: (head, name) => name.endsWith(".bin") && head.subarray(0, 64).some((byte) => byte < 9 || byte > 127),
  },
  {
    what: "an unfinished download",
    kind: "malformed",
    remedy: "Let the download finish, or get the file again.",
    weights: false,
    matches: (_head, name) => /\.(incomplete|part|partial|crdownload|download|aria2)$/.test(name),
  },
];

/** The kind of these contents, if they are recognised but not readable; else undefined. */
export function foreignContents(head: Uint8Array, name: string, byteLength: number): ForeignContents | undefined {
  return RULES.find((rule) => rule.matches(head, name, byteLength));
}

/** The error for a file of recognised but unreadable contents. */
export function refuseForeign({ what, kind, remedy }: ForeignContents, file: string): FormatError {
  return new FormatError(`this is ${what}`, { kind, file, remedy });
}

/** The name of a zip archive's first member; undefined if the head is not a zip or the name is truncated. */
export function firstZipMember(head: Uint8Array): string | undefined {
  if (!startsWithText(head, "PK\x03\x04") || head.length < 30) return undefined;
  const length = head[26] | (head[27] << 8);
  return head.length < 30 + length ? undefined : textOf(head.subarray(30, 30 + length));
}

function notReadable(what: string, matches: Rule["matches"]): Rule {
  return { what, kind: "unsupported", remedy: CONVERT_REMEDY, weights: true, matches };
}

/** A format of an engine that runs models: no reader here, and what to name instead. */
function elsewhere(what: string, remedy: string, matches: Rule["matches"]): Rule {
  return { what, kind: "unsupported", remedy, weights: true, matches };
}

/** Paddle's programs are protobufs whose first block begins so (pdmodel under another name). */
function isPaddleProgram(head: Uint8Array, name: string): boolean {
  return /(^|\/)(__model__|inference\.json)$/.test(name) && (head[0] === 0x0a || /"base_code"/.test(textOf(head)));
}

function compressed(tool: string, magic: readonly number[]): Rule {
  return {
    what: `compressed with ${tool}`,
    kind: "unsupported",
    remedy: UNPACK,
    weights: false,
    matches: (head) => startsWithBytes(head, magic),
  };
}

function isTar(head: Uint8Array): boolean {
  return textOf(head.subarray(257, 262)) === "ustar";
}

function startsWithText(head: Uint8Array, text: string): boolean {
  return startsWithBytes(
    head,
    Array.from(text, (char) => char.charCodeAt(0)),
  );
}

function startsWithBytes(head: Uint8Array, magic: readonly number[]): boolean {
  return head.length >= magic.length && magic.every((byte, i) => head[i] === byte);
}

/** Bytes as text for comparison with ASCII, one character per byte. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
