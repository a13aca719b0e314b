import {
  adapterProducts,
  adviseAdapter,
  factorPairs,
  type LoraAdvice,
  type LoraOptions,
  type ShrunkAdapter,
  shrunkAdapter,
} from "../advise/index.js";
import { type AnalyzeControls, type AnalyzeOptions, describeFiles } from "../analysis/index.js";
import { type FileSet, openWeightFile } from "../formats/index.js";
import { hasExpressions } from "../layers/adapter-config.js";
import { loadPatternEngine, parseAdapterConfig } from "../layers/index.js";
import { readConfig } from "./config-file.js";

/** The advice for an adapter, and the adapter at those ranks if that was asked for. */
export interface AdapterAdvice {
  readonly advice: LoraAdvice;
  readonly shrunk?: ShrunkAdapter | undefined;
}

export interface AdapterRequest
  extends LoraOptions,
    Pick<AnalyzeOptions, "layers" | "exclude">,
    Pick<AnalyzeControls, "signal" | "onOpened"> {
  /** Whether the adapter is also cut to the ranks. */
  readonly shrink: boolean;
}

/**
 * Ranks of a PEFT adapter from its factors: no spectrum of a whole product is computed. Undefined if the files are none
 * (safetensors with factors that PEFT names, and an adapter_config.json). Rejects with a `FormatError` if the adapter
 * cannot be read.
 */
export async function adapterAdvice(
  files: FileSet,
  { shrink, layers = [], exclude = [], signal, onOpened, ...options }: AdapterRequest,
): Promise<AdapterAdvice | undefined> {
  const config = await readConfig(files, "adapter_config.json", signal);
  if (config === undefined) return undefined;
  // Opens everything once, so that no output replaces an input, and unknown globs are refused.
  const described = await describeFiles(files, {
    ...{ layers, exclude, minEigenvalues: 1, signal },
    ...(onOpened !== undefined && { onOpened }),
  });
  if (described.input.format !== "safetensors") return undefined;
  const chosen = new Set(described.layers.map(({ name }) => name));
  const file = await openWeightFile(files, { signal });
  try {
    const pairs = factorPairs(file.tensors).filter(
      ({ module }) => (layers.length === 0 && exclude.length === 0) || chosen.has(module),
    );
    if (pairs.length === 0) return undefined;
    const engine = hasExpressions(config) ? await loadPatternEngine() : undefined;
    const parsed = parseAdapterConfig(config, { engine });
    const advice = adviseAdapter(await adapterProducts(pairs, signal), { ...options, config: parsed });
    const shrunk = shrink ? await shrunkAdapter(file.tensors, config, { ...advice, signal }) : undefined;
    return { advice: shrunk === undefined ? advice : withWrittenErrors(advice, shrunk), shrunk };
  } finally {
    await file.close();
  }
}

/** The rows with the relative error of what was written. */
function withWrittenErrors(advice: LoraAdvice, { errors }: ShrunkAdapter): LoraAdvice {
  const worst = [...errors.values()].reduce((most, error) => Math.max(most, error), 0);
  return {
    ...advice,
    rows: advice.rows.map((row) => ({ ...row, written_error: errors.get(row.name) ?? null })),
    answer: `${advice.answer}; the new adapter differs by at most ${(100 * worst).toPrecision(2)} %, rounding included`,
  };
}
