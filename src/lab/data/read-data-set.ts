import { FormatError } from "../../bytes/errors.js";
import { readCifar10 } from "./cifar10.js";
import { DATA_SETS, type DataSetName } from "./data-sets.js";
import { gunzipped } from "./gunzip.js";
import { type NamedBytes, readIdxPair } from "./idx.js";
import { type DataSet, firstImages, joinImages, type PixelImages } from "./pixel-images.js";
import { syntheticTask } from "./synthetic.js";

/** The source of a data set's files: a folder, or a browser's uploads. */
export interface DataFolder {
  readonly label: string;
  /** The file's bytes. Undefined if there is no file of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
}

export interface DataRequest {
  readonly set: DataSetName;
  /** How many training and test images to read, from the first. */
  readonly train: number;
  readonly test: number;
}

/**
 * Reads a data set in its original layout. The built-in task needs no `folder`. Rejects with a `FormatError` that says
 * how to get what is missing.
 */
export async function readDataSet({ set, train, test }: DataRequest, folder: DataFolder | undefined): Promise<DataSet> {
  const { layout } = DATA_SETS[set];
  if (layout === null) {
    const task = syntheticTask();
    return { train: firstImages(task.train, train), test: firstImages(task.test, test) };
  }
  if (folder === undefined) throw missingDataSet(set);
  const need = async (name: string): Promise<NamedBytes> => {
    const found = (await folder.read(name)) ?? (layout.kind === "idx" ? await folder.read(`${name}.gz`) : undefined);
    if (found === undefined) throw missingDataSet(set, { label: folder.label, name });
    return { name, bytes: await gunzipped(found, name) };
  };
  if (layout.kind === "idx") {
    const half = async ({ images, labels }: typeof layout.train): Promise<PixelImages> =>
      readIdxPair(await need(images), await need(labels));
    return { train: enough(await half(layout.train), train, set), test: enough(await half(layout.test), test, set) };
  }
  const half = async (names: readonly string[], count: number): Promise<PixelImages> => {
    const parts: PixelImages[] = [];
    // Read only as many files as the requested images need: the first 5000 are in the first file.
    for (const name of names) {
      if (parts.reduce((sum, part) => sum + part.count, 0) < count) parts.push(readCifar10(await need(name)));
    }
    return enough(joinImages(parts), count, set);
  };
  return { train: await half(layout.train, train), test: await half(layout.test, test) };
}

function enough(images: PixelImages, count: number, set: DataSetName): PixelImages {
  if (images.count >= count) return firstImages(images, count);
  throw new FormatError(`${count} images were requested, but the files hold ${images.count}`, {
    kind: "malformed",
    format: DATA_SETS[set].title,
    remedy: "Request fewer, or get the whole data set.",
  });
}

/** The error for a missing data set: what is missing, and how to get it. */
export function missingDataSet(
  set: DataSetName,
  found?: { readonly label: string; readonly name: string },
): FormatError {
  const { title, source } = DATA_SETS[set];
  const reason =
    found === undefined ? `${title} is not on this machine` : `${title} is incomplete: ${found.name} is missing`;
  return new FormatError(reason, { kind: "missing", file: found?.label, remedy: source });
}
