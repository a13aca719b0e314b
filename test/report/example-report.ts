import { referenceOf } from "#eigenscope/analysis/atlas/reference.js";
import { findingsOf } from "#eigenscope/analysis/findings/findings.js";
import { layerGroups } from "#eigenscope/analysis/groups/layer-groups.js";
import type { LayerResult } from "#eigenscope/analysis/layer-result.js";
import { UNMEASURED } from "#eigenscope/analysis/layer-row.js";
import { type LayerRecord, type Report, SCHEMA_VERSION } from "#eigenscope/analysis/report.js";
import { summarise } from "#eigenscope/analysis/summary.js";
import type { PhaseEvidence } from "#eigenscope/phases/phase.js";
import { type BulkFit, fitBulk, marchenkoPasturQuantiles, testEdge } from "#eigenscope/rmt/index.js";
import { fitPowerLaw } from "#eigenscope/tails/index.js";

const NO_EVIDENCE: PhaseEvidence = {
  bulk_misfit: null,
  bulk_ks: null,
  bulk_p: null,
  edge_gap: null,
  edge_p: null,
  spikes: null,
  spike_fraction: null,
  spike_weight: null,
  mp_soft_rank: null,
  alpha: null,
  ks: null,
  tail_fraction: null,
  tail_decades: null,
  versus_exponential: null,
  versus_lognormal: null,
  zero_fraction: null,
  near_zero_fraction: 0,
  trailing_decades: 0.1,
  jump_decades: 0.02,
  jump_fraction: 0.5,
  relative_width: 1,
  visible_misfit: null,
  edge_score: null,
  crowding: null,
  mp_soft_rank_se: null,
  tail_index: null,
  tail_index_se: null,
  tail_index_low: null,
  tail_index_high: null,
  tail_index_k: null,
  tail_index_excess: null,
};

/** A layer's record in which everything is there; what a test is about is overridden. */
export function layerRecord(overrides: Partial<LayerRecord> = {}): LayerRecord {
  const name = overrides.name ?? "features.0";
  return {
    ...UNMEASURED,
    name,
    longname: name,
    layer_type: "dense",
    shape: [300, 784],
    dtype: "F32",
    transposed: true,
    N: 784,
    M: 300,
    Q: 784 / 300,
    rf: 1,
    num_evals: 300,
    live_rows: 784,
    live_columns: 300,
    Q_live: 784 / 300,
    entry_kurtosis: 3.02,
    zero_share: 0,
    status: "success",
    alpha: 3.4512345678901,
    D: 0.0412,
    xmin: 1.25,
    xmax: 41.5,
    sigma: 0.2345,
    num_pl_spikes: 109,
    alpha_valid: true,
    alpha_weighted: 5.58,
    log_alpha_norm: 6.1,
    alpha_hill: 2.9,
    erg_delta_lambda_min: 0.21,
    erg_log_det: 14.2,
    alpha_low: 2.98,
    alpha_high: 3.92,
    D_p: 0.74,
    tail_index: 0.41,
    tail_index_low: 0.04,
    tail_index_high: 0.83,
    tail_index_k: 60,
    tail_heavy_p: 0.87,
    best_law: "PL",
    laws_xmin: 1.25,
    tpl_ratio: -0.4,
    tpl_p: 0.35,
    exp_ratio: 2.6,
    exp_p: 0.0093,
    s_exp_ratio: -0.3,
    s_exp_p: 0.76,
    log_n_ratio: -0.2,
    log_n_p: 0.84,
    lambda_max: 41.5,
    lambda_min: 0.0031,
    sv_max: 6.44,
    sv_min: 0.0557,
    norm: 512.25,
    log_norm: 2.7095,
    spectral_norm: 41.5,
    log_spectral_norm: 1.618,
    stable_rank: 12.3434,
    matrix_rank: 300,
    rank_loss: 0,
    weak_rank_loss: 0,
    entropy: 0.91,
    hard_rank: 300,
    matrix_entropy: 0.91,
    mp_soft_rank: 0.0742,
    bulk_sigma: 0.0383,
    bulk_sigma_se: 0.0002,
    lambda_plus: 3.08,
    lambda_minus: 0.168,
    bulk_ks: 0.21,
    bulk_p: 1e-6,
    level_spacing: 0.529,
    level_spacing_se: 0.014,
    spikes: 11,
    tw_statistic: 812.5,
    tw_p: 0,
    tw_low: 3.01,
    tw_high: 3.21,
    snr_spectrum: 0.052,
    snr_mp: 0.148,
    phase: "heavy-tailed",
    phase_confidence: 0.87,
    phase_evidence: { ...NO_EVIDENCE, bulk_misfit: 11.2, edge_gap: 812.5, alpha: 3.45, tail_fraction: 0.36 },
    phase_reason: "A power law describes the tail over a third of the spectrum and no bulk fits.",
    phase_path: [],
    verdict: "healthy",
    verdict_reason: "No test failed: heavy-tailed, alpha 3.45.",
    resolved_floor: 2.8e-12,
    unresolved: 0,
    route: "gram",
    precision: "f64",
    ...overrides,
  };
}

/** A layer of random weights: no alpha that means anything. */
export function randomRecord(overrides: Partial<LayerRecord> = {}): LayerRecord {
  return layerRecord({
    alpha_valid: false,
    alpha_reason: "the tail is no better described by a power law than by an exponential.",
    warning: "under-trained",
    alpha: 7.9,
    spikes: 0,
    mp_soft_rank: 0.99,
    stable_rank: 110.2,
    tail_index: -0.58,
    tail_index_low: -0.71,
    tail_index_high: -0.44,
    tail_heavy_p: 0.001,
    best_law: "not decided",
    phase: "random-like",
    phase_confidence: 0.99,
    phase_reason: "The spectrum is a Marchenko-Pastur bulk.",
    phase_path: [],
    ...overrides,
  });
}

/** A layer that gave no spectrum. */
export function failedRecord(overrides: Partial<LayerRecord> = {}): LayerRecord {
  const { name, longname, layer_type, shape, dtype, transposed, N, M, Q, rf, num_evals } = layerRecord(overrides);
  return {
    ...UNMEASURED,
    ...{ name, longname, layer_type, shape, dtype, transposed, N, M, Q, rf, num_evals },
    reason: "3 of 235200 weights are not finite (2 NaN, 1 Inf)",
    alpha_reason: "no spectrum",
    ...overrides,
  };
}

/** A report around some layers. */
export function exampleReport(layers: readonly LayerRecord[], overrides: Partial<Report> = {}): Report {
  const skipped = overrides.skipped ?? [
    { name: "features.0.bias", shape: [300], dtype: "F32", reason: "a bias or another vector, not a matrix" },
  ];
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: "eigenscope", version: "0.1.0" },
    input: {
      label: "models/example.safetensors",
      format: "safetensors",
      order: "file",
      files: [{ name: "example.safetensors", byteLength: 942_340 }],
      warnings: [],
    },
    options: {
      layers: [],
      exclude: [],
      minEigenvalues: 10,
      conv: "slices",
      engine: "auto",
      precision: "auto",
      seed: 0,
    },
    conventions: { eigenvalues: "W'W", logarithms: "log10" },
    layers,
    skipped,
    groups: layerGroups(layers),
    findings: findingsOf(layers),
    summary: summarise(layers, skipped),
    reference: referenceOf(layers),
    ...overrides,
  };
}

type Pictured = Pick<LayerResult, "spectrum" | "bulk" | "edge" | "tail" | "record">;

interface Shape {
  readonly N: number;
  readonly M: number;
}

/** The fits of a spectrum, as the analysis makes them; `overrides` goes into the record. */
export function pictured(
  eigenvalues: readonly number[],
  { N, M }: Shape,
  overrides: Partial<LayerRecord> = {},
): Pictured {
  const ascending = Float64Array.from(eigenvalues).sort();
  const resolvedFloor = M * 2 ** -52 * ascending[ascending.length - 1];
  const rf = ascending.length / M;
  const bulk: BulkFit | null = fitBulk(ascending, { N, M, rf, floor: resolvedFloor });
  const spectrum = {
    eigenvalues: ascending,
    slices: [ascending],
    N,
    M,
    Q: N / M,
    rf,
    resolvedFloor,
    unresolved: ascending.filter((value) => value <= resolvedFloor).length,
    route: "gram" as const,
    precision: "f64" as const,
  };
  const record = layerRecord({
    shape: [N, M],
    N,
    M,
    Q: N / M,
    num_evals: ascending.length,
    transposed: false,
    ...overrides,
  });
  return {
    spectrum: spectrum as LayerResult["spectrum"],
    bulk,
    edge: bulk === null ? null : testEdge(ascending, bulk, { rf }),
    tail: fitPowerLaw(ascending),
    record,
  };
}

/** Spectra at the quantiles of their laws, so that nothing random is in a snapshot. */
export const SPECTRA: Readonly<Record<string, () => Pictured>> = {
  "random-like": () =>
    pictured(bulkOf({ N: 1200, M: 400 }), { N: 1200, M: 400 }, { ...fields(randomRecord()), name: "random" }),
  "bulk and spikes": () =>
    pictured(
      [...bulkOf({ N: 1200, M: 395 }), 5200, 6100, 7000, 9300, 15000],
      { N: 1200, M: 400 },
      {
        ...fields(randomRecord()),
        name: "spiked",
        phase: "bulk+spikes",
        phase_reason: "5 eigenvalues stand clear of a Marchenko-Pastur bulk.",
        phase_path: [],
        spikes: 5,
      },
    ),
  "heavy-tailed": () => pictured(paretoOf(500, 2.4), { N: 1000, M: 500 }, { name: "heavy" }),
  "square random": () =>
    pictured(bulkOf({ N: 300, M: 300 }), { N: 300, M: 300 }, { ...fields(randomRecord()), name: "square" }),
  "rank collapse": () =>
    pictured(
      [...new Array<number>(150).fill(0), ...bulkOf({ N: 600, M: 50 })],
      { N: 600, M: 200 },
      {
        ...fields(randomRecord()),
        name: "collapsed",
        phase: "rank-collapse",
        phase_reason: "75 % of the eigenvalues are zero.",
        phase_path: [],
      },
    ),
  orthogonal: () =>
    pictured(
      new Array<number>(64).fill(1),
      { N: 64, M: 64 },
      { ...fields(randomRecord()), name: "orthogonal", phase: null, phase_confidence: 0 },
    ),
};

/** What a record says of its state, without its name and sides. */
function fields(record: LayerRecord): Partial<LayerRecord> {
  const { name: _name, longname: _longname, shape: _shape, N: _N, M: _M, Q: _Q, num_evals: _n, ...rest } = record;
  return rest;
}

function bulkOf({ N, M }: Shape): number[] {
  return Array.from(marchenkoPasturQuantiles(M, N / M), (x) => N * x);
}

function paretoOf(n: number, alpha: number): number[] {
  return Array.from({ length: n }, (_, i) => 0.5 * ((i + 0.5) / n) ** (-1 / (alpha - 1)));
}
