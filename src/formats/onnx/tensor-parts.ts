import type { AffineCodes } from "../affine-codes.js";
import type { TensorHints } from "../tensor.js";
import type { Consumers } from "./consumers.js";
import type { GraphTensor } from "./model.js";
import { type ModelFiles, regionOf } from "./regions.js";

/** A tensor of codes, dequantised as the graph does it. */
export interface Weight {
  readonly shape: readonly number[];
  readonly bits: number;
  readonly dtype: string;
  readonly affine: Omit<AffineCodes, "where">;
  readonly hints: TensorHints | undefined;
  /** Scales and zero points: not weights themselves, whatever their shape. */
  readonly parameters: readonly GraphTensor[];
}

/** What a tensor of the graph needs besides its own record. */
export interface TensorContext extends Pick<Consumers, "onlyFeeds"> {
  readonly name: string;
  readonly files: ModelFiles;
}

/** What every tensor of the graph has, whether its values can be read or not. */
export function common({ proto }: GraphTensor, { name, files }: Omit<TensorContext, "onlyFeeds">) {
  const region = regionOf(proto, files);
  const { begin, end } = region ?? { begin: proto.offset, end: proto.offset };
  const file = region?.file ?? files.model.name;
  return {
    name,
    file,
    byteLength: end - begin,
    storageKey: begin === end ? `${file}:${begin}:${name}` : `${file}:${begin}-${end}`,
  };
}
