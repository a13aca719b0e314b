import { FormatError } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import { MAX_SHARDS, mapInParallel, PARALLEL_OPENS } from "../../bytes/parallel.js";
import { siblingName } from "../../bytes/sibling-name.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import type { OpenedFile } from "../reader.js";
import type { ExternalRange } from "./external-data.js";
import type { TensorProto } from "./tensor-proto.js";

interface Named {
  readonly name: string;
  readonly range: ExternalRange;
}

/**
 * Opens the files of a model's external data, by the locations that the model writes. Refuses names outside the model's
 * folder, ranges outside their file, and regions that overlap but are not equal.
 */
export async function openExternalFiles(
  protos: readonly TensorProto[],
  files: FileSet,
  where: ErrorLocation & { file: string },
): Promise<ReadonlyMap<string, OpenedFile>> {
  const named = protos.flatMap(({ name, data }): Named[] =>
    data.kind === "external" ? [{ name, range: data.range }] : [],
  );
  const byLocation = new Map<string, Named[]>();
  for (const tensor of named) {
    const known = byLocation.get(tensor.range.location);
    if (known === undefined) byLocation.set(tensor.range.location, [tensor]);
    else known.push(tensor);
  }
  if (byLocation.size > MAX_SHARDS) {
    throw new FormatError(`names ${byLocation.size} files of external data, more than ${MAX_SHARDS}`, {
      ...where,
      kind: "malformed",
    });
  }
  const locations = [...byLocation];
  // All names are checked before the first file is opened.
  const names = locations.map(([location, [{ name }]]) =>
    siblingName(location, where.file, { ...where, tensor: name }),
  );
  const opened = await mapInParallel(locations, PARALLEL_OPENS, async ([, tensors], k) => {
    const file = await openOne(names[k], files, { ...where, tensor: tensors[0].name });
    assertInside(file, tensors, where);
    return file;
  });
  return new Map(locations.map(([location], k) => [location, opened[k]]));
}

async function openOne(name: string, files: FileSet, where: ErrorLocation): Promise<OpenedFile> {
  try {
    return { name, source: await files.open(name) };
  } catch (cause) {
    if (!(cause instanceof FormatError) || cause.kind !== "missing") throw cause;
    throw new FormatError(`its data are in the file ${name}, which does not exist`, {
      ...where,
      kind: "missing",
      remedy: "Put the model's data files beside it.",
      cause,
    });
  }
}

function assertInside({ name: file, source }: OpenedFile, tensors: readonly Named[], { format }: ErrorLocation): void {
  const ordered = [...tensors].sort((a, b) => a.range.offset - b.range.offset || a.range.length - b.range.length);
  let before = ordered[0];
  let end = 0;
  for (const tensor of ordered) {
    const { offset, length } = tensor.range;
    const details = { format, file, tensor: tensor.name, offset, kind: "malformed" as const };
    if (offset + length > source.byteLength) {
      const reason = `its ${length} bytes from ${offset} exceed the file of ${source.byteLength} bytes`;
      throw new FormatError(reason, {
        ...details,
        remedy: "The data file is truncated or of another model; get both again.",
      });
    }
    const same = offset === before.range.offset && length === before.range.length;
    if (offset < end && length > 0 && !same) throw new FormatError(`its data overlap those of ${before.name}`, details);
    if (length > 0) [before, end] = [tensor, Math.max(end, offset + length)];
  }
}
