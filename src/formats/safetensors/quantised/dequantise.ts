import { FormatError, printable } from "../../../bytes/errors.js";
import type { FileSet } from "../../../bytes/file-set.js";
import { type Pace, unpaced } from "../../../bytes/pace.js";
import { elementCount } from "../../shape.js";
import type { Tensor, WeightFile } from "../../tensor.js";
import { awq } from "./awq.js";
import { bitsandbytes4, bitsandbytes8 } from "./bitsandbytes.js";
import { type QuantisationConfig, readConfig } from "./config.js";
import { gptq } from "./gptq.js";
import { mlx } from "./mlx.js";
import { packedIntegers } from "./packed-integers.js";
import { elementsOf, type Part, type Parts } from "./part.js";
import { streamRows } from "./row-stream.js";
import { scaledCodes } from "./scaled-codes.js";
import type { Refusal, Scheme, StoredWeight, WeightReading } from "./scheme.js";
import { mxfp4, nvfp4 } from "./small-float-blocks.js";

/** The schemes that are dequantised. Add new ones here. No two of them accept the same codes. */
const SCHEMES: readonly Scheme[] = [
  scaledCodes,
  mlx,
  gptq,
  awq,
  bitsandbytes4,
  bitsandbytes8,
  mxfp4,
  nvfp4,
  packedIntegers,
];

/**
 * Rows that are packed together are decoded together: 256 MB of them; the longest in use (32 rows over 262,144 words)
 * need an eighth of that.
 */
const MAX_BAND = 2 ** 26;

/** The name endings that need a closer look; a file of 200,000 plain tensors costs no more than these comparisons. */
const SIGNS = [...new Set(SCHEMES.flatMap((scheme) => scheme.signs))];

export interface DequantiseOptions {
  /** The tensors as stored; computed only if needed. */
  readonly parts: () => Parts;
  readonly files: FileSet;
  /** The file that the user named: config.json is searched for beside it. */
  readonly beside: string;
  readonly signal?: AbortSignal;
  readonly pace?: Pace;
}

/** Steps to look for a scheme's parts in one tensor, and to compose one weight. */
const PART_STEPS = 4;
const WEIGHT_STEPS = 64;

/**
 * Composes the weights of a file that are stored as codes with scales: each becomes one tensor, at the position of its
 * codes. The parts stay in the list under their own names, with the hint `partOf` (except codes that have the weight's
 * own name). A weight whose parts do not fit, or whose scheme is not supported, stays as stored, with a warning; its
 * packed integers are never weights.
 */
export async function dequantise(
  file: WeightFile,
  { parts: gather, files, beside, signal, pace = unpaced() }: DequantiseOptions,
): Promise<WeightFile> {
  if (!file.tensors.some(({ name }) => SIGNS.some((sign) => name.endsWith(sign)))) return file;
  const parts = gather();
  const warnings: string[] = [];
  let config: Promise<QuantisationConfig | undefined> | undefined;
  const context = { config: () => (config ??= configOrWarning(files, beside, { warnings, signal, pace })), signal };
  const weights = new Map<
    string,
    { readonly scheme: Scheme; readonly stored: StoredWeight; readonly reading: WeightReading }
  >();
  const partOf = new Map<string, string>();
  for (const scheme of SCHEMES) {
    if (pace.spend(PART_STEPS * parts.size)) await pace.turn();
    const refused: (readonly [name: string, reason: string])[] = [];
    for (const stored of await scheme.find(parts, context)) {
      if (pace.spend(WEIGHT_STEPS)) await pace.turn();
      const reading = accepted(stored, { parts, partOf });
      if ("reason" in reading) {
        refused.push([stored.name, reading.reason]);
        continue;
      }
      weights.set(stored.parts[0].name, { scheme, stored, reading });
      for (const part of stored.parts) partOf.set(part.name, stored.name);
    }
    if (refused.length > 0) warnings.push(refusalOf(scheme, refused));
  }
  if (weights.size === 0 && warnings.length === 0) return file;
  const tensors = file.tensors.flatMap((tensor) => {
    const owner = partOf.get(tensor.name);
    if (owner === undefined) return [tensor];
    const part: Tensor = { ...tensor, hints: { ...tensor.hints, partOf: owner } };
    const weight = weights.get(tensor.name);
    if (weight === undefined) return [part];
    const whole = weightTensor(weight.stored, weight.reading, tensor);
    return whole.name === tensor.name ? [whole] : [whole, part];
  });
  const read = await config;
  const used = read === undefined ? [] : [{ name: read.file.name, byteLength: read.file.source.byteLength }];
  return { ...file, tensors, files: [...file.files, ...used], warnings: [...file.warnings, ...warnings] };
}

interface Claims {
  readonly parts: Parts;
  /** Names of parts that weights have claimed. */
  readonly partOf: ReadonlyMap<string, string>;
}

/**
 * Checks every scheme's result: a malicious file may let two weights share a part, or hold another tensor with a
 * weight's name, or no elements.
 */
function accepted({ name, parts: members, reading }: StoredWeight, { parts, partOf }: Claims): WeightReading | Refusal {
  if ("reason" in reading) return reading;
  const taken = members.some((part) => partOf.has(part.name)) || (members[0].name !== name && parts.has(name));
  if (taken) return { reason: "its name, or one of its parts, belongs to another weight" };
  const { rows, cols, band } = reading.rows;
  const count = elementCount(reading.shape);
  if (!count || rows * cols !== count) return { reason: `its shape [${reading.shape.join(", ")}] holds no weights` };
  return band * cols > MAX_BAND
    ? { reason: `${band} rows of ${cols} weights are too long to decode together` }
    : reading;
}

function weightTensor(
  { name, parts }: StoredWeight,
  { shape, dtype, hints, rows }: WeightReading,
  codes: Tensor,
): Tensor {
  const byteLength = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const stored = parts.filter(isStored).reduce((sum, part) => sum + part.byteLength, 0);
  return {
    name,
    shape,
    dtype,
    storedBits: (8 * stored) / Math.max(1, rows.rows * rows.cols),
    floating: true,
    quantised: true,
    file: codes.file,
    byteLength,
    storageKey: `${codes.storageKey}:dequantised`,
    hints,
    values: (range) => streamRows(rows, range),
  };
}

/** Single numbers, tables and the settings of activations do not count as stored bits of each weight. */
function isStored(part: Part): boolean {
  return elementsOf(part) > 1 && !/(quant_map|quant_state\.[^.]*|input_[a-z_]*)$/.test(part.name);
}

async function configOrWarning(
  files: FileSet,
  beside: string,
  { warnings, signal, pace }: { readonly warnings: string[]; readonly signal?: AbortSignal; readonly pace: Pace },
): Promise<QuantisationConfig | undefined> {
  try {
    return await readConfig(files, beside, { signal, pace });
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    warnings.push(`config.json was not used: ${cause.message}`);
    return undefined;
  }
}

function refusalOf({ name }: Scheme, refused: readonly (readonly [name: string, reason: string])[]): string {
  const [first, reason] = refused[0];
  const what = refused.length === 1 ? "a weight" : `${refused.length} weights`;
  return `${what} stored by ${name} ${refused.length === 1 ? "was" : "were"} not dequantised (${printable(first)}: ${printable(reason)})`;
}
