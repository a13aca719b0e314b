import type { AnalyzeControls } from "./analysis.js";
import { type FileSource, findFiles, openModelOnBase } from "./merged-model.js";
import { type AnalyzeOptions, resolveOptions } from "./options.js";
import { type Report, SCHEMA_VERSION, type SkippedRecord } from "./report.js";
import { VERSION } from "./version.js";

/** One planned layer: what `analyze` would analyse. */
export interface PlannedLayer {
  readonly layer_id: number;
  readonly name: string;
  readonly layer_type: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly transposed: boolean;
  readonly N: number;
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
  readonly num_evals: number;
  readonly notes: readonly string[];
}

/** A model's tensors and layers, from the file's directory alone. No weight is read. */
export interface Description {
  readonly schemaVersion: string;
  readonly tool: Report["tool"];
  readonly input: Report["input"];
  readonly tensors: number;
  readonly parameters: number;
  readonly layers: readonly PlannedLayer[];
  readonly skipped: readonly SkippedRecord[];
}

/**
 * Lists what a weight file holds and what would be analysed. It computes nothing. Rejects with a `FormatError` if the
 * file cannot be read.
 */
export async function describeFiles(
  input: FileSource,
  options: AnalyzeOptions & Pick<AnalyzeControls, "base" | "signal" | "onOpened"> = {},
): Promise<Description> {
  const resolved = resolveOptions(options);
  const { files, base: onto } = await findFiles(input, options.base);
  const model = await openModelOnBase({ files, base: onto }, resolved, options.signal);
  const { file, base, layers, skipped, order } = model;
  try {
    await options.onOpened?.(model);
    return {
      schemaVersion: SCHEMA_VERSION,
      tool: { name: "eigenscope", version: VERSION },
      input: {
        label: files.label,
        format: file.format,
        order,
        files: file.files,
        ...(base === undefined ? {} : { base }),
        warnings: file.warnings,
      },
      tensors: file.tensors.length,
      parameters: file.tensors.reduce(
        (sum, tensor) => sum + tensor.shape.reduce((product, side) => product * side, 1),
        0,
      ),
      layers: layers.map(({ index, name, type, shape, dtype, transposed, N, M, Q, rf, notes }) => ({
        layer_id: index,
        name,
        layer_type: type,
        shape,
        dtype,
        transposed,
        N,
        M,
        Q,
        rf,
        num_evals: M * rf,
        notes,
      })),
      skipped: skipped.map(({ name, shape, dtype, reason }) => ({ name, shape, dtype, reason })),
    };
  } finally {
    await file.close();
  }
}
