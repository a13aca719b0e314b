import { FormatError } from "../../bytes/errors.js";
import type { Pace } from "../../bytes/pace.js";
import { elementCount } from "../shape.js";
import { GGML_TYPES, type GgmlType, REMOVED_TYPES } from "./ggml-types.js";
import type { Declared, HeaderBytes } from "./header-bytes.js";
import { readText } from "./metadata.js";

/**
 * The largest models have about 2,500 tensors, with stacked experts. A file with this many is opened in half a second.
 */
export const MAX_TENSORS = 65_536;
/** ggml's own limit is 64, including the final 0. */
const MAX_NAME_BYTES = 1024;
/** GGML_MAX_DIMS. */
export const MAX_DIMENSIONS = 4;
/** A name's length, the number of dimensions, a type and an offset. */
const MIN_INFO_BYTES = 8 + 4 + 4 + 8;

/** Steps to read a tensor's description. */
const INFO_STEPS = 64;

interface InfoContext {
  readonly file: string;
  readonly pace: Pace;
}

/** One tensor as the header describes it. */
export interface TensorInfo {
  readonly name: string;
  /** In row-major order: the file's dimensions (the fastest first) reversed. */
  readonly shape: readonly number[];
  readonly type: GgmlType;
  /** Relative to the start of the data. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Reads the descriptions of `count` tensors, each checked against the file's size. Throws `FormatError`. */
export async function readTensorInfos(
  bytes: HeaderBytes,
  count: Declared,
  { file, pace }: InfoContext,
): Promise<TensorInfo[]> {
  if (count > MAX_TENSORS) bytes.fail(`${count} tensors are declared, more than ${MAX_TENSORS}`, { at: 8 });
  if (Number(count) * MIN_INFO_BYTES > bytes.left) {
    bytes.fail(`${count} tensors are declared, but only ${bytes.left} bytes follow`, { at: 8 });
  }
  const infos = new Map<string, TensorInfo>();
  for (let k = 0; k < Number(count); k++) {
    if (pace.spend(INFO_STEPS)) await pace.turn();
    const start = bytes.at;
    const name = await readText(bytes, MAX_NAME_BYTES, "a tensor's name");
    if (infos.has(name)) bytes.fail("the name occurs twice in the header", { at: start, tensor: name });
    infos.set(name, await readInfo(bytes, name, file));
  }
  return [...infos.values()];
}

async function readInfo(bytes: HeaderBytes, name: string, file: string): Promise<TensorInfo> {
  const start = bytes.at;
  const fail = (reason: string): never => bytes.fail(reason, { at: start, tensor: name });
  await bytes.fill(4, "a tensor's description");
  const axes = bytes.u32();
  if (axes > MAX_DIMENSIONS) fail(`it has ${axes} dimensions, more than ggml's limit of ${MAX_DIMENSIONS}`);
  await bytes.fill(8 * axes + 12, "a tensor's description");
  const dimensions = Array.from({ length: axes }, () => bytes.u64());
  const said = dimensions.join(", ");
  if (dimensions.some((side) => side === 0)) fail(`one of its dimensions is 0 (${said})`);
  const shape = dimensions.map(Number).reverse();
  const elements = dimensions.every((side) => typeof side === "number") ? elementCount(shape) : undefined;
  if (elements === undefined) return fail(`its dimensions (${said}) overflow`);

  const type = typeNumbered(bytes.u32(), { format: "gguf", file, tensor: name, offset: start });
  const columns = shape[shape.length - 1] ?? 1;
  if (columns % type.blockSize !== 0) {
    fail(`its rows of ${columns} values are not a multiple of ${type.blockSize}, the block size of ${type.name}`);
  }
  const byteLength = (elements / type.blockSize) * type.blockBytes;
  if (!Number.isSafeInteger(byteLength)) fail(`its dimensions (${said}) of ${type.name} overflow`);
  const offset = bytes.u64();
  if (typeof offset === "bigint") fail(`its data are declared to begin at ${offset}, past the end of any file`);
  return { name, shape, type, offset: Number(offset), byteLength };
}

function typeNumbered(
  number: number,
  where: { readonly format: string; readonly file: string; readonly tensor: string; readonly offset: number },
): GgmlType {
  const type = GGML_TYPES.get(number);
  if (type !== undefined) return type;
  const removed = REMOVED_TYPES.get(number);
  throw new FormatError(
    removed === undefined
      ? `it is of ggml type ${number}, which this version does not know`
      : `it is of type ${removed}, which ggml itself no longer reads`,
    {
      ...where,
      kind: "unsupported",
      remedy:
        removed === undefined
          ? "The file is damaged, or of a newer version."
          : "Quantise the model again with a current llama.cpp.",
    },
  );
}
