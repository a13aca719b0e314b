import { readFileSync } from "node:fs";
import {
  type ByteSource,
  bytesInMemory,
  type FileSet,
  FormatError,
  openWeightFile,
  type Tensor,
  type WeightFile,
} from "#eigenscope/formats/index.js";

const FIXTURES = new URL("../fixtures/formats/", import.meta.url);

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FIXTURES)));
}

export interface WatchedFiles extends FileSet {
  /** Sources opened and not closed yet. */
  readonly stillOpen: Set<string>;
  /** Every range that was read: file, offset, length. */
  readonly reads: { name: string; offset: number; length: number }[];
}

/** A folder in memory that remembers what is opened and read. `entry` undefined: the folder itself was named. */
export function filesInMemory(
  contents: Record<string, Uint8Array | string | ByteSource>,
  entry?: string,
): WatchedFiles {
  const files = new Map(Object.entries(contents).map(([name, content]) => [name, sourceOf(content)]));
  const stillOpen = new Set<string>();
  const reads: WatchedFiles["reads"] = [];
  let opened = 0;
  return {
    label: entry ?? "folder",
    entry,
    stillOpen,
    reads,
    list: async () => [...files.keys()].sort(),
    open: async (name) => {
      const source = files.get(name);
      if (source === undefined) throw new FormatError("no such file", { kind: "missing", file: name });
      const handle = `${name}#${opened++}`;
      stillOpen.add(handle);
      return {
        byteLength: source.byteLength,
        read: (offset, length, signal) => {
          reads.push({ name, offset, length });
          return source.read(offset, length, signal);
        },
        close: async () => void stillOpen.delete(handle),
      };
    },
  };
}

function sourceOf(content: Uint8Array | string | ByteSource): ByteSource {
  if (typeof content === "string") return bytesInMemory(new TextEncoder().encode(content));
  return content instanceof Uint8Array ? bytesInMemory(content) : content;
}

/** Opens one file by itself. */
export function openOne(name: string, content: Uint8Array | string): Promise<WeightFile> {
  return openWeightFile(filesInMemory({ [name]: content }, name));
}

export async function valuesOf(tensor: Tensor, range?: Parameters<Tensor["values"]>[0]): Promise<number[]> {
  const values: number[] = [];
  for await (const chunk of tensor.values(range)) for (const value of chunk) values.push(value);
  return values;
}

export function tensorNamed(file: WeightFile, name: string): Tensor {
  const tensor = file.tensors.find((candidate) => candidate.name === name);
  if (tensor === undefined)
    throw new Error(`no tensor ${name} among ${file.tensors.map((other) => other.name).join(", ")}`);
  return tensor;
}

/** What a refused file was refused with. */
export async function refusal(work: Promise<unknown>): Promise<FormatError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("expected a FormatError, nothing was thrown");
}

export function concat(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const arrays = parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part));
  const joined = new Uint8Array(arrays.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of arrays) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Little-endian bytes of unsigned numbers: `[value, bytes]`. */
export function littleEndian(...numbers: readonly (readonly [number | bigint, number])[]): Uint8Array {
  return Uint8Array.from(
    numbers.flatMap(([value, bytes]) =>
      Array.from({ length: bytes }, (_, k) => Number((BigInt(value) >> BigInt(8 * k)) & 0xffn)),
    ),
  );
}
