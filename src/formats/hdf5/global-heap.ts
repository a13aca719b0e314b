import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";

const MAX_COLLECTION_BYTES = 2 ** 27;
const NO_BYTES = new Uint8Array(0);

/**
 * The target of a variable-length element: a length, a collection of objects and the number of one of them [HDF5 File
 * Format Specification, III.E].
 */
export async function globalObject(file: Hdf5File, element: Fields): Promise<Uint8Array> {
  const length = element.u32();
  const address = element.address();
  const wanted = element.u32();
  if (length === 0 || address === undefined || address === 0) return NO_BYTES;
  const head = await file.fields(address, 8 + file.lengthBytes);
  head.signature("GCOL");
  head.version("a global heap", 1);
  head.skip(3);
  const size = head.length();
  if (size > MAX_COLLECTION_BYTES || size < head.at) head.fail(`a collection of ${size} bytes holds no texts`);
  const objects = await file.fields(address + head.at, size - head.at);
  while (objects.left >= 8 + file.lengthBytes) {
    const index = objects.u16();
    objects.skip(6);
    const bytes = objects.length();
    if (index === wanted) {
      if (length > bytes) objects.fail(`a text of ${length} bytes is declared, but only ${bytes} are stored`);
      return objects.take(length);
    }
    if (index === 0) break;
    objects.skip(Math.ceil(bytes / 8) * 8);
  }
  return head.fail(`object ${wanted} of a global heap does not exist`);
}
