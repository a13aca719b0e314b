import { BOOTSTRAP } from "./bootstrap.js";
import type { Extra } from "./extra.js";
import { FARMS } from "./farms.js";
import { HEADS } from "./heads.js";
import { RANDOMIZE } from "./randomize.js";
import { TAILS } from "./tails.js";
import { VECTORS } from "./vectors.js";
import { WEIGHTWATCHER } from "./weightwatcher.js";

/** Every optional measurement, in the order of its columns in a row. */
export const EXTRAS: readonly Extra[] = [WEIGHTWATCHER, RANDOMIZE, VECTORS, TAILS, BOOTSTRAP, FARMS, HEADS];
