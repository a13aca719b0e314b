import { FormatError, printable } from "../../bytes/errors.js";
import type { FileSet } from "../../bytes/file-set.js";
import { type Pace, unpaced } from "../../bytes/pace.js";
import type { Tensor, WeightFile } from "../tensor.js";
import { type QuantisationConfig, readConfig } from "./config.js";
import { type Found, findWeights, PART_BYTES, type RefusedWeight } from "./found-weights.js";
import { elementsOf, type Part, type Parts, partOf } from "./part.js";
import { streamRows } from "./row-stream.js";
import type { SchemeContext, StoredWeight, WeightReading } from "./scheme.js";

export interface DequantiseOptions {
  readonly files: FileSet;
  /** The file that the user named: config.json is searched for beside it. */
  readonly beside: string;
  readonly signal?: AbortSignal | undefined;
  readonly pace?: Pace;
}

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
