import { crc32, deflateRawSync } from "node:zlib";
import { concat, littleEndian } from "./files-in-memory.js";

/** An .npy file around a header's text and its data, right or wrong. */
export function npyOf(
  header: string,
  data: Uint8Array = new Uint8Array(0),
  version: readonly [number, number] = [1, 0],
): Uint8Array {
  const text = new TextEncoder().encode(header);
  return concat(
    Uint8Array.of(0x93),
    "NUMPY",
    Uint8Array.of(...version),
    littleEndian([text.length, version[0] === 1 ? 2 : 4]),
    text,
    data,
  );
}

/** The header that NumPy writes. */
export function npyHeader({ descr = "<f4", fortran = false, shape = "(4,)" }): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${shape}, }      \n`;
}

export interface ZipPiece {
  readonly name: string;
  readonly data: Uint8Array;
  /** 0 stored (default), 8 DEFLATE, or anything else to be refused. */
  readonly method?: number;
  /** Fields of the central directory that lie; fields of the local header that do. */
  readonly central?: Partial<ZipFields>;
  readonly local?: Partial<ZipFields>;
}

interface ZipFields {
  name: string;
  flags: number;
  method: number;
  crc: number;
  stored: number;
  bytes: number;
  offset: number;
}

export interface ZipWriting {
  /** Sizes in zip64 extra fields, and zip64 end records. */
  readonly zip64?: boolean;
  /** Changes to the finished end record. */
  readonly end?: (end: { count: number; size: number; offset: number }) => void;
  readonly comment?: Uint8Array;
}

/** A zip archive written field by field, so that every field can lie. */
export function zipOf(
  pieces: readonly ZipPiece[],
  { zip64 = false, end: change, comment = new Uint8Array(0) }: ZipWriting = {},
): Uint8Array {
  const locals: Uint8Array[] = [];
  const centrals: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data, method = 0, central, local } of pieces) {
    const body = method === 8 ? new Uint8Array(deflateRawSync(data)) : data;
    const truth: ZipFields = {
      name,
      flags: 0,
      method,
      crc: crc32(data),
      stored: body.length,
      bytes: data.length,
      offset,
    };
    const localBytes = concat(localHeader({ ...truth, ...local }, zip64), body);
    locals.push(localBytes);
    centrals.push(centralHeader({ ...truth, ...central }, zip64));
    offset += localBytes.length;
  }
  const directory = concat(...centrals);
  const end = { count: pieces.length, size: directory.length, offset };
  change?.(end);
  const position = offset + directory.length;
  const wide = zip64
    ? concat(
        littleEndian(
          [0x06064b50, 4],
          [44, 8],
          [45, 2],
          [45, 2],
          [0, 4],
          [0, 4],
          [end.count, 8],
          [end.count, 8],
          [end.size, 8],
          [end.offset, 8],
        ),
        littleEndian([0x07064b50, 4], [0, 4], [position, 8], [1, 4]),
      )
    : new Uint8Array(0);
  const small = zip64 ? { count: 0xffff, size: 0xffffffff, offset: 0xffffffff } : end;
  const plain = littleEndian(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [small.count, 2],
    [small.count, 2],
    [small.size, 4],
    [small.offset, 4],
    [comment.length, 2],
  );
  return concat(...locals, directory, wide, plain, comment);
}

function localHeader({ name, flags, method, crc, stored, bytes }: ZipFields, zip64: boolean): Uint8Array {
  const extra = zip64 ? littleEndian([1, 2], [16, 2], [bytes, 8], [stored, 8]) : new Uint8Array(0);
  const sizes = zip64 ? [0xffffffff, 0xffffffff] : [stored, bytes];
  const text = new TextEncoder().encode(name);
  const fixed = littleEndian(
    [0x04034b50, 4],
    [20, 2],
    [flags, 2],
    [method, 2],
    [0, 4],
    [crc, 4],
    [sizes[0], 4],
    [sizes[1], 4],
    [text.length, 2],
    [extra.length, 2],
  );
  return concat(fixed, text, extra);
}

function centralHeader({ name, flags, method, crc, stored, bytes, offset }: ZipFields, zip64: boolean): Uint8Array {
  const extra = zip64 ? littleEndian([1, 2], [24, 2], [bytes, 8], [stored, 8], [offset, 8]) : new Uint8Array(0);
  const [s, b, o] = zip64 ? [0xffffffff, 0xffffffff, 0xffffffff] : [stored, bytes, offset];
  const text = new TextEncoder().encode(name);
  const fixed = littleEndian(
    [0x02014b50, 4],
    [20, 2],
    [20, 2],
    [flags, 2],
    [method, 2],
    [0, 4],
    [crc, 4],
    [s, 4],
    [b, 4],
    [text.length, 2],
    [extra.length, 2],
    [0, 8],
    [0, 2],
    [o, 4],
  );
  return concat(fixed, text, extra);
}
