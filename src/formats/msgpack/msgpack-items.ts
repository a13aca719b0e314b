import { FormatError } from "../../bytes/errors.js";
import type { PagedBytes } from "../../bytes/paged-bytes.js";

/** Types of values that are read whole, and those that only have a place in the file. */
export type Item =
  | { readonly kind: "map" | "array"; readonly count: number }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "binary"; readonly at: number; readonly length: number }
  | { readonly kind: "extension"; readonly type: number; readonly at: number; readonly length: number }
  | { readonly kind: "other" };

/** Keys of modules, names of types. */
const MAX_TEXT_BYTES = 4096;

const UTF8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true });

/** A MessagePack file, item by item [msgpack/spec.md]. Texts are read; the contents of binaries are skipped. */
export class MessagePackItems {
  constructor(
    private readonly bytes: PagedBytes,
    public at = 0,
    /** One past the last byte that may be read. */
    readonly end = bytes.byteLength,
  ) {}

  /** Part of the same file. */
  within(at: number, length: number): MessagePackItems {
    return new MessagePackItems(this.bytes, at, at + length);
  }

  fail(reason: string): never {
    throw new FormatError(reason, {
      ...this.bytes.where,
      kind: "malformed",
      offset: this.at,
      remedy: "The file is truncated or damaged; get it again.",
    });
  }

  async next(): Promise<Item> {
    const code = (await this.take(1))[0];
    if (code < 0x80) return { kind: "number", value: code };
    if (code < 0x90) return { kind: "map", count: code & 0x0f };
    if (code < 0xa0) return { kind: "array", count: code & 0x0f };
    if (code < 0xc0) return this.text(code & 0x1f);
    if (code >= 0xe0) return { kind: "number", value: code - 256 };
    switch (code) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return { kind: "other" };
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.binary(await this.unsigned(2 ** (code - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.extension(await this.unsigned(2 ** (code - 0xc7)));
      case 0xca:
        return { kind: "number", value: (await this.view(4)).getFloat32(0) };
      case 0xcb:
        return { kind: "number", value: (await this.view(8)).getFloat64(0) };
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return { kind: "number", value: await this.unsigned(2 ** (code - 0xcc)) };
      case 0xd0:
        return { kind: "number", value: (await this.view(1)).getInt8(0) };
      case 0xd1:
        return { kind: "number", value: (await this.view(2)).getInt16(0) };
      case 0xd2:
        return { kind: "number", value: (await this.view(4)).getInt32(0) };
      case 0xd3:
        return { kind: "number", value: Number((await this.view(8)).getBigInt64(0)) };
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.extension(2 ** (code - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(await this.unsigned(2 ** (code - 0xd9)));
      case 0xdc:
      case 0xdd:
        return { kind: "array", count: await this.unsigned(code === 0xdc ? 2 : 4) };
      case 0xde:
      case 0xdf:
        return { kind: "map", count: await this.unsigned(code === 0xde ? 2 : 4) };
      default:
        return this.fail(`0x${code.toString(16)} begins no item of MessagePack`);
    }
  }

  private async text(length: number): Promise<Item> {
    if (length > MAX_TEXT_BYTES) return this.binary(length);
    const bytes = await this.take(length);
    try {
      return { kind: "text", text: UTF8.decode(bytes) };
    } catch {
      return this.fail("a text is not valid UTF-8");
    }
  }

  private binary(length: number): Item {
    const at = this.skip(length);
    return { kind: "binary", at, length };
  }

  private async extension(length: number): Promise<Item> {
    const type = (await this.view(1)).getInt8(0);
    const at = this.skip(length);
    return { kind: "extension", type, at, length };
  }

  private async unsigned(size: number): Promise<number> {
    const view = await this.view(size);
    if (size === 1) return view.getUint8(0);
    if (size === 2) return view.getUint16(0);
    return size === 4 ? view.getUint32(0) : Number(view.getBigUint64(0));
  }

  private async view(length: number): Promise<DataView> {
    const bytes = await this.take(length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private async take(length: number): Promise<Uint8Array> {
    return this.bytes.read(this.skip(length), length);
  }

  /** Moves past some bytes; returns where they begin. */
  private skip(length: number): number {
    const start = this.at;
    if (!(length <= this.end - start)) this.fail(`${length} bytes are declared, but only ${this.end - start} follow`);
    this.at = start + length;
    return start;
  }
}
