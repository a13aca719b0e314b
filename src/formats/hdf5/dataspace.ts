import { elementCount } from "../shape.js";
import type { Fields } from "./fields.js";

/** HDF5's own limit. */
const MAX_RANK = 32;

/** The sides of a dataset; undefined for one without data ("null"). A scalar has none. */
export function readDataspace(fields: Fields): readonly number[] | undefined {
  const version = fields.version("a dataspace", 1, 2);
  const rank = fields.u8();
  fields.u8();
  if (version === 1) fields.skip(5);
  const isNull = version === 2 && fields.u8() === 2;
  if (rank > MAX_RANK) fields.fail(`${rank} axes are more than the format's ${MAX_RANK}`);
  const shape = Array.from({ length: rank }, () => fields.length());
  if (elementCount(shape) === undefined) fields.fail(`the shape [${shape.join(", ")}] overflows`);
  return isNull ? undefined : shape;
}
