/**
 * Fields of a ModelProto by number: "text" for short strings, "message" for anything that is stored with a length,
 * "number".
 */
const FIELDS: ReadonlyMap<number, "text" | "message" | "number"> = new Map([
  [1, "number"],
  [2, "text"],
  [3, "text"],
  [4, "text"],
  [5, "number"],
  [6, "message"],
  [7, "message"],
  [8, "message"],
  [14, "message"],
  [20, "message"],
  [25, "message"],
  [26, "message"],
]);
const GRAPH = 7;
/** ir_version is 14 in 2026. */
const MAX_IR_VERSION = 127;

/**
 * Whether this is the beginning of an ONNX model. A protobuf message has no magic number: its fields must be those of a
 * ModelProto, beginning with an ir_version and with a graph among them, as far as the head shows. A TensorFlow
 * SavedModel also begins with a small number, but has no text in field 2.
 */
export function looksLikeOnnx(head: Uint8Array): boolean {
  if (head[0] !== 0x08 || head.length < 4 || head[1] === 0 || head[1] > MAX_IR_VERSION) return false;
  for (let at = 2; at < head.length; ) {
    const tag = varintAt(head, at);
    const kind = FIELDS.get(Math.floor(tag.value / 8));
    if (kind === undefined || (tag.value & 7) !== (kind === "number" ? 0 : 2)) return false;
    const size = varintAt(head, tag.next);
    if (Math.floor(tag.value / 8) === GRAPH) return true;
    at = kind === "number" ? size.next : size.next + size.value;
    if (kind === "text" && !isText(head.subarray(size.next, at))) return false;
  }
  return true;
}

function varintAt(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let k = 0; k < 7 && at + k < bytes.length; k++) {
    value += (bytes[at + k] & 0x7f) * 2 ** (7 * k);
    if (bytes[at + k] < 0x80) return { value, next: at + k + 1 };
  }
  return { value: 0, next: bytes.length };
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte !== 0x7f);
}
