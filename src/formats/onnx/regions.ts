import type { OpenedFile } from "../reader.js";
import type { TensorProto } from "./tensor-proto.js";

/** The model's file, and the files beside it that hold weights, by their names in the file set. */
export interface ModelFiles {
  readonly model: OpenedFile;
  /** By the location that the model writes. */
  readonly external: ReadonlyMap<string, OpenedFile>;
  readonly format: string;
}

/** The location of a tensor's stored bytes. */
export interface Region {
  readonly file: string;
  readonly begin: number;
  readonly end: number;
}

export function regionOf({ data }: TensorProto, { model, external }: ModelFiles): Region | undefined {
  if (data.kind === "none") return undefined;
  if (data.kind !== "external") return { file: model.name, ...data.span };
  const { location, offset, length } = data.range;
  return { file: external.get(location)?.name ?? location, begin: offset, end: offset + length };
}
