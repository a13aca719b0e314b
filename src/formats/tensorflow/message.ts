import { PackedBytes, type Refuse } from "./packed-bytes.js";

/** The storage type of a field's payload [Protocol Buffers, Encoding]. */
type WireType = "varint" | "fixed64" | "bytes" | "fixed32";
const WIRE_TYPES: readonly (WireType | undefined)[] = ["varint", "fixed64", "bytes", undefined, undefined, "fixed32"];

/** One field of a protobuf message in memory. */
export interface MessageField {
  readonly number: number;
  readonly wire: WireType;
  /** The value of a varint (signed) or a fixed32 (unsigned); else 0. */
  readonly value: number;
  /** For "bytes": text, or a nested message; else empty. A view. */
  readonly bytes: Uint8Array;
}

const EMPTY = /* @__PURE__ */ new Uint8Array(0);
const UTF8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Walks the fields of a protobuf message in stored order. The bundle's messages are small; those of models, which are
 * not, use onnx/wire.ts.
 */
export function* messageFields(bytes: Uint8Array, refuse: Refuse): Generator<MessageField> {
  const packed = new PackedBytes(bytes, refuse);
  while (packed.left > 0) {
    const tag = packed.varint();
    const number = Math.floor(tag / 8);
    const wire = WIRE_TYPES[tag & 7];
    if (wire === undefined || number < 1 || tag > 0xffffffff)
      return refuse(`a message has a field that is not possible (tag ${tag})`);
    if (wire === "varint") yield { number, wire, value: packed.varint(), bytes: EMPTY };
    else if (wire === "fixed32") yield { number, wire, value: packed.fixed32(), bytes: EMPTY };
    else if (wire === "bytes") yield { number, wire, value: 0, bytes: packed.take(packed.length()) };
    else {
      packed.take(8);
      yield { number, wire, value: 0, bytes: EMPTY };
    }
  }
}

/** A number field of the schema. Throws if the field is stored with another wire type. */
export function numberIn({ wire, value }: MessageField, what: string, refuse: Refuse): number {
  return wire === "varint" || wire === "fixed32" ? value : refuse(`${what} is stored as ${wire}, expected a number`);
}

/** A text or message field of the schema, as bytes. Throws if the field is stored with another wire type. */
export function bytesIn({ wire, bytes }: MessageField, what: string, refuse: Refuse): Uint8Array {
  return wire === "bytes" ? bytes : refuse(`${what} is stored as ${wire}, expected bytes`);
}

export function textOf(bytes: Uint8Array, what: string, refuse: Refuse): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return refuse(`${what} is not valid UTF-8`);
  }
}
