import { FormatError } from "../../bytes/errors.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { ELEMENT_TYPES } from "../element-types.js";
import { elementCount } from "../shape.js";
import { refuseValues } from "../stream-elements.js";
import type { Tensor } from "../tensor.js";
import { readDataLayout } from "./data-layout.js";
import { chunkedExtent, type DatasetContext, plainExtent } from "./dataset-extent.js";
import { readDataspace } from "./dataspace.js";
import { readDatatype } from "./datatype.js";
import type { Fields } from "./fields.js";
import { readFilters, unknownFilter } from "./filters.js";
import { MESSAGE } from "./object-header.js";
import type { DatasetEntry } from "./tree.js";

/**
 * A dataset as a tensor. Refuses data outside this file, unknown compression, and declared sizes that the stored bytes
 * cannot hold.
 */
export async function datasetTensor(
  { path, messages, address }: DatasetEntry,
  context: DatasetContext,
): Promise<Tensor> {
  const { file, fileName } = context;
  const where: ErrorLocation = { ...file.where, tensor: path };
  const refuse = (reason: string, remedy?: string): never => {
    throw new FormatError(reason, { ...where, kind: "unsupported", offset: file.position(address), remedy });
  };
  const get = async (type: number): Promise<Fields | undefined> =>
    messages.find((message) => message.type === type)?.fields();
  const need = async (type: number, what: string): Promise<Fields> =>
    (await get(type)) ?? file.fail(`the dataset "${path}" has no ${what}`, file.position(address));

  if ((await get(MESSAGE.externalFiles)) !== undefined) {
    refuse(
      "its data are declared to be in another file (external storage), which is not opened",
      "Do not trust this file.",
    );
  }
  const shape = readDataspace(await need(MESSAGE.dataspace, "dataspace")) ?? [0];
  const type = readDatatype(await need(MESSAGE.datatype, "datatype"));
  const layout = readDataLayout(await need(MESSAGE.layout, "data layout"));
  const filterFields = await get(MESSAGE.filters);
  const filters = filterFields === undefined ? [] : readFilters(filterFields);
  if (layout.kind === "virtual")
    refuse("it is a virtual dataset, whose data lie in other files, which are not opened", "Do not trust this file.");
  const unknown = unknownFilter(filters);
  if (unknown !== undefined) {
    refuse(
      `it is compressed by ${unknown}; supported are gzip, shuffle, fletcher32 and lzf`,
      "Repack it by h5repack -f GZIP=4.",
    );
  }

  if (layout.kind === "chunked" && layout.index.kind === "extensible-array") {
    refuse(
      "its chunks are listed by an extensible array, which is not supported",
      "Write it again without unlimited axes.",
    );
  }

  const count = elementCount(shape) ?? 0;
  const parts = { shape, type, count, where, key: `${fileName}:object ${address}`, context };
  const extent =
    layout.kind === "chunked"
      ? await chunkedExtent({ ...layout, filters, fill: await get(MESSAGE.fillValue) }, parts)
      : plainExtent(layout, parts);
  const element = ELEMENT_TYPES.get(type.dtype ?? "");
  return {
    name: path,
    shape,
    dtype: type.dtype ?? type.word,
    storedBits: type.size * 8,
    floating: element?.floating ?? false,
    quantised: false,
    file: fileName,
    byteLength: extent.byteLength,
    storageKey: count === 0 ? `${parts.key}:${path}` : extent.storageKey,
    values: (range) =>
      element === undefined
        ? refuseValues(`its elements are of type ${type.word}, which this version does not decode`, where)
        : extent.stream(element, range),
  };
}
