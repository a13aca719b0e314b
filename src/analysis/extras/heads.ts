import type { Layer } from "../../layers/index.js";
import { median } from "../../numeric/index.js";
import { poolSpectrum } from "../../spectra/index.js";
import { headLayer, layerBlocks } from "../head-source.js";
import { failedLayer, measureLayer } from "../measure-layer.js";
import { HEAD_COLUMNS, type HeadColumns, type HeadSpectra } from "../optional-columns.js";
import { permutedNull } from "../permuted-null.js";
import type { LayerRecord } from "../report.js";
import { spectrumWork } from "../spectrum-work.js";
import { DegenerateWeights, withDegeneracyCheck } from "../weights-state.js";
import type { Extra, ExtrasContext } from "./extra.js";

/** Each head of a projection of attention, measured like a layer of its own. */
export const HEADS: Extra = {
  name: "heads",
  version: 1,
  columns: ({ heads = false }) => (heads === false ? [] : HEAD_COLUMNS),
  work: (layer, { heads }) => (heads === false ? 0 : headsWork(layer)),
  needs: () => [],
  parameters: ({ seed }, { heads } = {}) => ({
    seed,
    ...(heads !== undefined && { count: heads.count, along: heads.along }),
  }),
  async measure({ layer }, context) {
    if (layer.heads === undefined) return {};
    const blocks = await layerBlocks(layer, context.signal);
    const rows: LayerRecord[] = [];
    for (let head = 0; head < layer.heads.count; head++)
      rows.push(await measuredHead(headLayer(layer, head, blocks), context));
    return headColumns(layer.heads, rows);
  },
};

function headsWork({ heads, source: { rows, cols } }: Layer): number {
  if (heads === undefined) return 0;
  const { count, size, along } = heads;
  const across = along === "rows" ? cols : rows;
  return count * spectrumWork({ N: Math.max(size, across), M: Math.min(size, across), rf: 1 });
}

/** The row of a head, by the same fits as that of a layer. */
async function measuredHead(head: Layer, { pool, request, signal }: ExtrasContext): Promise<LayerRecord> {
  const source = withDegeneracyCheck(head.source);
  try {
    const spectrum = poolSpectrum(source, await pool.solve(source, signal), head.eigenvalueScale);
    const permuted = await permutedNull(head, spectrum, { pool, seed: request.seed, signal });
    return measureLayer(head, spectrum, { permuted }).record;
  } catch (cause) {
    if (!(cause instanceof DegenerateWeights)) throw cause;
    return failedLayer(head, cause.message).record;
  }
}

/** The columns of a layer from the rows of its heads. */
export function headColumns({ count, size }: NonNullable<Layer["heads"]>, rows: readonly LayerRecord[]): HeadColumns {
  const alphas = rows.flatMap(({ alpha, alpha_valid }) => (alpha_valid ? (alpha ?? []) : []));
  const ranks = rows.flatMap(({ stable_rank }) => stable_rank ?? []);
  const list = <Name extends keyof HeadSpectra>(name: Name) => rows.map((row) => row[name]);
  return {
    head_count: count,
    head_size: size,
    ...{ head_alpha_median: middle(alphas), head_alpha_iqr: interquartileRange(alphas) },
    ...{ head_stable_rank_median: middle(ranks), head_stable_rank_iqr: interquartileRange(ranks) },
    heads: {
      reason: list("reason"),
      alpha: list("alpha"),
      alpha_valid: list("alpha_valid"),
      alpha_low: list("alpha_low"),
      alpha_high: list("alpha_high"),
      lambda_max: list("lambda_max"),
      stable_rank: list("stable_rank"),
      norm: list("norm"),
      spikes: list("spikes"),
      tail_index: list("tail_index"),
      phase: list("phase"),
      phase_confidence: list("phase_confidence"),
    },
  };
}

function middle(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(values);
}

/** Between the medians of the lower and the upper half; a middle value belongs to both. */
function interquartileRange(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const ascending = [...values].sort((a, b) => a - b);
  const half = Math.ceil(ascending.length / 2);
  return median(ascending.slice(ascending.length - half)) - median(ascending.slice(0, half));
}
