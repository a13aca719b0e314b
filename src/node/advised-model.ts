import type { AdvisedModel } from "../advise/index.js";
import {
  type AnalysisHost,
  type AnalyzeControls,
  type AnalyzeOptions,
  analyzeFiles,
  type LayerResult,
} from "../analysis/index.js";
import { type JsonObject, parseJson } from "../bytes/strict-json.js";
import { type FileSet, FormatError, openWeightFile, type Tensor } from "../formats/index.js";
import { hasExpressions } from "../layers/adapter-config.js";
import { loadPatternEngine, parseAdapterConfig } from "../layers/index.js";

/** The largest configuration that is read; those of well-known models have up to 200 KB. */
const MAX_CONFIG_BYTES = 8 * 2 ** 20;
const MAX_CONFIG_DEPTH = 128;

/** An analysed model for `advise`, and its adapter_config.json as it is written. */
export interface AnalysedForAdvice {
  readonly model: AdvisedModel;
  readonly adapterJson?: Readonly<Record<string, unknown>> | undefined;
  readonly warnings: readonly string[];
}

/**
 * Analyses a model and reads the configurations beside it. `label` is the model's name in files that other tools look
 * for. Rejects with a `FormatError` if the weights or a configuration cannot be read.
 */
export async function advisedModel(
  files: FileSet,
  { label, ...options }: AnalyzeOptions & AnalyzeControls & { readonly label: string },
  host: AnalysisHost,
): Promise<AnalysedForAdvice> {
  const [config, adapterBytes] = await Promise.all([
    bytesOf(files, "config.json", options.signal),
    bytesOf(files, "adapter_config.json", options.signal),
  ]);
  const adapterJson = adapterBytes === undefined ? undefined : plainObject(adapterBytes, "adapter_config.json");
  const analysis = analyzeFiles(files, options, host);
  const [report, layers]: [Awaited<ReturnType<typeof analysis.report>>, readonly LayerResult[]] = await Promise.all([
    analysis.report(),
    analysis.results(),
  ]);
  const engine = hasExpressions(adapterJson) ? await loadPatternEngine() : undefined;
  return {
    model: {
      ...{ label, format: report.input.format, layers, skipped: report.skipped },
      ...(config !== undefined && { config: objectOf(config, "config.json") }),
      ...(adapterJson !== undefined && { adapter: parseAdapterConfig(adapterJson, { engine }) }),
    },
    adapterJson,
    warnings: report.input.warnings,
  };
}

/** Opens the weights of a model, gives their tensors to `use`, and closes them. */
export async function withTensors<T>(
  files: FileSet,
  use: (tensors: readonly Tensor[]) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const file = await openWeightFile(files, { signal });
  try {
    return await use(file.tensors);
  } finally {
    await file.close();
  }
}

/** The bytes of a file beside the weights; undefined if it is not there. */
async function bytesOf(files: FileSet, name: string, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
  const source = await files.open(name).catch((cause: unknown) => {
    if (cause instanceof FormatError && cause.kind === "missing") return undefined;
    throw cause;
  });
  if (source === undefined) return undefined;
  try {
    if (source.byteLength > MAX_CONFIG_BYTES)
      throw new FormatError(`it has ${source.byteLength} bytes, at most ${MAX_CONFIG_BYTES} are read`, {
        kind: "unsupported",
        file: name,
      });
    return await source.read(0, source.byteLength, signal);
  } finally {
    await source.close?.();
  }
}

function objectOf(bytes: Uint8Array, file: string): JsonObject {
  const json = parseJson(bytes, { maxDepth: MAX_CONFIG_DEPTH, format: "json", file });
  if (json instanceof Map) return json as JsonObject;
  throw new FormatError("it is no object", { kind: "malformed", file });
}

/** The same as plain values, in the order of the file. */
function plainObject(bytes: Uint8Array, file: string): Readonly<Record<string, unknown>> {
  // Checked strictly first: the errors name the place.
  objectOf(bytes, file);
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}
