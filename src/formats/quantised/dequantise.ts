import { FormatError, printable } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import { type Pace, unpaced } from "../../bytes/pace.js";
import { elementCount } from "../shape.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { type QuantisationConfig, readConfig } from "./config.js";
import { elementsOf, type Part, type Parts, partOf } from "./part.js";
import { streamRows } from "./row-stream.js";
import type { Refusal, Scheme, SchemeContext, StoredWeight, WeightReading } from "./scheme.js";
import { SCHEMES } from "./schemes.js";

/**
 * Rows that are packed together are decoded together: 256 MB of them; the longest in use (32 rows over 262,144 words)
 * need an eighth of that.
 */
const MAX_BAND = 2 ** 26;

export interface DequantiseOptions {
  readonly files: FileSet;
  /** The file that the user named: config.json is searched for beside it. */
  readonly beside: string;
  readonly signal?: AbortSignal | undefined;
  readonly pace?: Pace;
}

/** Steps to look for a scheme's parts in one tensor, and to compose one weight. */
const PART_STEPS = 4;
/** Memory of a part: two closures and its record. */
const PART_BYTES = 300;
const WEIGHT_STEPS = 64;

/**
 * Composes the weights of a file that are stored as codes with scales, whatever the file's format: each becomes one
 * tensor, at the position of its codes. The parts stay in the list under their own names, with the hint `partOf`
 * (except codes that have the weight's own name). A weight whose parts do not fit, or whose scheme is not read, stays
 * as stored: its parts get the hint `refusal`, and a warning says why.
 */
export async function dequantise(
  file: WeightFile,
  { files, beside, signal, pace = unpaced() }: DequantiseOptions,
): Promise<WeightFile> {
  if (!file.tensors.some(mayBeCodes)) return file;
  pace.keep(PART_BYTES * file.tensors.length);
  const parts: Parts = new Map(file.tensors.filter(isPlain).map((tensor) => [tensor.name, partOf(tensor, file)]));
  const warnings: string[] = [];
  let config: Promise<QuantisationConfig | undefined> | undefined;
  const context: SchemeContext = {
    config: () => (config ??= configOrWarning(files, beside, { warnings, signal, pace })),
    metadata: file.metadata,
    signal,
  };
  const { weights, partOf: owners, refused } = await findWeights(parts, { context, pace });
  const refusals = new Map<string, string>();
  for (const [scheme, { parts: members, reason }] of refused) {
    for (const part of members)
      if (!owners.has(part.name) && !refusals.has(part.name))
        refusals.set(part.name, `part of a weight quantised by ${scheme.name}, which was not dequantised: ${reason}`);
  }
  warnings.push(
    ...refusalWarnings(
      refused.filter(
        ([
          ,
          {
            parts: [codes],
          },
        ]) => !owners.has(codes.name),
      ),
    ),
  );
  if (weights.size === 0 && refusals.size === 0 && warnings.length === 0) return file;
  const tensors = file.tensors.flatMap((tensor) => {
    const owner = owners.get(tensor.name);
    const refusal = refusals.get(tensor.name);
    if (owner === undefined && refusal === undefined) return [tensor];
    const part: Tensor = {
      ...tensor,
      hints: { ...tensor.hints, ...(owner === undefined ? { refusal } : { partOf: owner }) },
    };
    const weight = weights.get(tensor.name);
    if (weight === undefined) return [part];
    const whole = weightTensor(weight.stored, weight.reading, tensor);
    return whole.name === tensor.name ? [whole] : [whole, part];
  });
  const read = await config;
  const used = (read?.files ?? []).map(({ name, source }) => ({ name, byteLength: source.byteLength }));
  return {
    ...file,
    tensors,
    files: [...file.files, ...used],
    absent: [...(file.absent ?? []), ...(read?.absent ?? [])],
    warnings: [...file.warnings, ...warnings],
  };
}

/** Every scheme stores integers, or floats of 8 bits. A file without them costs only this comparison. */
function mayBeCodes(tensor: Tensor): boolean {
  return isPlain(tensor) && (!tensor.floating || tensor.storedBits <= 8) && tensor.shape.length > 0;
}

/** Tensors that their own format dequantised, or cannot read, are no parts of a scheme. */
function isPlain({ quantised, unreadable, hints }: Tensor): boolean {
  return !quantised && unreadable === undefined && hints?.partOf === undefined;
}

interface Found {
  /** By the name of their codes. */
  readonly weights: ReadonlyMap<string, { readonly stored: StoredWeight; readonly reading: WeightReading }>;
  /** By a part's name, the weight that took it. */
  readonly partOf: ReadonlyMap<string, string>;
  readonly refused: readonly (readonly [scheme: Scheme, weight: RefusedWeight])[];
}

interface RefusedWeight extends Pick<StoredWeight, "name" | "parts"> {
  readonly reason: string;
}

async function findWeights(
  parts: Parts,
  { context, pace }: { readonly context: SchemeContext; readonly pace: Pace },
): Promise<Found> {
  const weights = new Map<string, { readonly stored: StoredWeight; readonly reading: WeightReading }>();
  const partOf = new Map<string, string>();
  const refused: (readonly [Scheme, RefusedWeight])[] = [];
  const recognised = new Set<string>();
  for (const scheme of SCHEMES) {
    if (pace.spend(PART_STEPS * parts.size)) await pace.turn();
    for (const stored of await scheme.find(parts, context)) {
      if (pace.spend(WEIGHT_STEPS)) await pace.turn();
      const [codes] = stored.parts;
      if (recognised.has(codes.name)) continue;
      recognised.add(codes.name);
      const reading = accepted(stored, { parts, partOf });
      if ("reason" in reading) {
        refused.push([scheme, { name: stored.name, parts: stored.parts, reason: reading.reason }]);
        continue;
      }
      weights.set(stored.parts[0].name, { stored, reading });
      for (const part of stored.parts) partOf.set(part.name, stored.name);
    }
  }
  return { weights, partOf, refused };
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
    hints: { ...codes.hints, ...hints },
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
  {
    warnings,
    signal,
    pace,
  }: { readonly warnings: string[]; readonly signal?: AbortSignal | undefined; readonly pace: Pace },
): Promise<QuantisationConfig | undefined> {
  try {
    return await readConfig(files, beside, { signal, pace });
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    warnings.push(`the quantisation settings were not used: ${cause.message}`);
    return undefined;
  }
}

/** One sentence per scheme. */
function refusalWarnings(refused: Found["refused"]): string[] {
  const byScheme = new Map<string, RefusedWeight[]>();
  for (const [{ name }, weight] of refused) {
    const known = byScheme.get(name);
    if (known === undefined) byScheme.set(name, [weight]);
    else known.push(weight);
  }
  return [...byScheme].map(([scheme, weights]) => {
    const [{ name, reason }] = weights;
    const what = weights.length === 1 ? "a weight" : `${weights.length} weights`;
    const were = weights.length === 1 ? "was" : "were";
    return `${what} stored by ${scheme} ${were} not dequantised (${printable(name)}: ${printable(reason)})`;
  });
}
