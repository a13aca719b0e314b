import type { Layer } from "../../layers/index.js";
import { poolSpectrum, type SpectralPool, type Spectrum, storageFloor } from "../../spectra/index.js";
import type { LayerResult } from "../layer-result.js";
import { failureOf, layerTask } from "../layer-task.js";
import type { ResolvedOptions } from "../options.js";
import type { LayerTask } from "../solve-layers.js";
import { spectrumWork } from "../spectrum-work.js";
import { DegenerateWeights, withDegeneracyCheck } from "../weights-state.js";
import { alignByWorker, measureByWorker } from "../workers/call-stack.js";
import { callingPool } from "../workers/calling-pool.js";
import { type Align, type Alignment, alignmentObjection } from "./alignment.js";
import { columnChanges } from "./column-changes.js";
import type { LayerComparison } from "./comparison.js";
import { differenceSource } from "./difference-source.js";
import { directionsObjection } from "./leading-directions.js";
import { type MeasuredDifference, measureDifference } from "./measure-difference.js";
import type { LayerPair } from "./pair-layers.js";
import { type OnThisThread, type Reading, readAgain } from "./read-again.js";
import { type ComparedPair, type Delta, NOTHING_KNOWN, whatChanged } from "./what-changed.js";

/** Solves a layer of A, its partner in B and their difference, and compares them. */
export function comparisonTask(
  pair: LayerPair,
  options: ResolvedOptions,
  here: OnThisThread,
): LayerTask<LayerComparison> {
  const { a, b, whyNoDifference } = pair;
  const difference = differenceLayer(a, b);
  return {
    layer: a,
    // Three spectra, the three products of the alignment, and the eigenvectors of both.
    work:
      3 * (spectrumWork(a) + a.rf * a.N * a.M ** 2) +
      (directionsObjection(a.source) === null ? 2 * a.rf * (a.N + 7 * a.M) * a.M ** 2 : 0),
    async run(pool, signal) {
      const [inA, inB, change] = await Promise.all([
        layerTask(a, options).run(pool, signal),
        layerTask(b, options).run(pool, signal),
        whyNoDifference === undefined
          ? solveDifference(difference, pool, signal)
          : ({ kind: "none", why: whyNoDifference } as const),
      ]);
      const aligned = whyNoDifference === undefined ? await alignPair(pair, here.align, { pool, signal }) : UNALIGNED;
      const parts = withoutMisalignment({ inA, inB, pair, difference, change, aligned });
      const measured = await measuredDifference(parts, { pool, signal });
      const compared = comparedPair(parts, measured);
      const again = await readAgain(compared, here, { pool, signal });
      return compare(parts, { measured, compared, again });
    },
  };
}

/**
 * W_B - W_A as a layer. Its values are exact in f64; `measureDifference` accounts for the rounding of the stored
 * weights.
 */
function differenceLayer(a: Layer, b: Layer): Layer {
  const dtype = `${b.dtype} - ${a.dtype}`;
  return {
    ...b,
    dtype,
    storedBits: 64,
    quantised: false,
    tiedWith: [],
    notes: [],
    source: differenceSource(a.source, b.source),
  };
}

const UNALIGNED: Alignment = { cka: null, ckaCentred: null };

/**
 * The difference of two layers: its spectrum; the one value that all its entries have (0: nothing changed); or the
 * reason why it failed or was not computed.
 */
type Change =
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "spectrum"; readonly spectrum: Spectrum }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "failed"; readonly reason: string };

async function solveDifference(
  { source, eigenvalueScale }: Layer,
  pool: SpectralPool,
  signal?: AbortSignal,
): Promise<Change> {
  try {
    return {
      kind: "spectrum",
      spectrum: poolSpectrum(
        source,
        await callingPool(pool).solve(withDegeneracyCheck(source), signal),
        eigenvalueScale,
      ),
    };
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof DegenerateWeights && cause.value !== undefined)
      return { kind: "constant", value: cause.value };
    return { kind: "failed", reason: failureOf(cause) };
  }
}

async function alignPair(
  { a, b }: LayerPair,
  align: Align,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal | undefined },
): Promise<Alignment & { readonly note?: string }> {
  const objection = alignmentObjection(a.source);
  if (objection !== null) return { cka: null, ckaCentred: null, note: `its alignment was not computed: ${objection}` };
  try {
    return (await alignByWorker(a, b, { pool, signal })) ?? (await align(a.source, b.source, signal));
  } catch (cause) {
    signal?.throwIfAborted();
    return { cka: null, ckaCentred: null, note: `its alignment could not be computed: ${failureOf(cause)}` };
  }
}

interface Parts {
  readonly inA: LayerResult;
  readonly inB: LayerResult;
  readonly pair: LayerPair;
  readonly difference: Layer;
  readonly change: Change;
  readonly aligned: Alignment & { readonly note?: string };
}

/** The difference analysed like a layer, by a worker if the pool has one; null if it has no spectrum. */
async function measuredDifference(
  { inA, inB, difference: layer, change }: Parts,
  { pool, signal }: { readonly pool: SpectralPool; readonly signal?: AbortSignal | undefined },
): Promise<MeasuredDifference | null> {
  if (change.kind !== "spectrum") return null;
  const noise = [inA, inB].reduce(
    (sum, { layer: stored, spectrum }) =>
      sum + (spectrum === null ? 0 : (storageFloor(spectrum, stored) * layer.eigenvalueScale) / stored.eigenvalueScale),
    0,
  );
  const difference = { layer, spectrum: change.spectrum, noise };
  return (await measureByWorker(difference, { pool, signal })) ?? measureDifference(difference);
}

/** The pair with its difference; null if one of the three is not known. */
function comparedPair(
  { inA, inB, difference, change }: Parts,
  measured: MeasuredDifference | null,
): ComparedPair | null {
  if (inA.spectrum === null || inB.spectrum === null) return null;
  const delta = deltaOf(change, measured);
  return delta === null ? null : { inA, inB, delta, scale: difference.eigenvalueScale };
}

function deltaOf(change: Change, measured: MeasuredDifference | null): Delta | null {
  if (change.kind === "constant") return change;
  if (change.kind !== "spectrum" || measured === null) return null;
  return { kind: "spectrum", spectrum: change.spectrum, random: measured.random };
}

interface Found {
  readonly measured: MeasuredDifference | null;
  readonly compared: ComparedPair | null;
  readonly again: Reading;
}

function compare(
  { inA, inB, pair, difference, change, aligned }: Parts,
  { measured, compared, again }: Found,
): LayerComparison {
  const { layer: a, record: recordA } = inA;
  const { layer: b, record: recordB } = inB;
  const distances = distancesOf(change, difference);
  const failure = [
    inA.spectrum === null ? `in A: ${recordA.reason}` : null,
    inB.spectrum === null ? `in B: ${recordB.reason}` : null,
    change.kind === "failed" && inA.spectrum !== null && inB.spectrum !== null
      ? `the difference: ${change.reason}`
      : null,
  ].filter((reason) => reason !== null);
  const unchanged = change.kind === "constant" && change.value === 0;
  return {
    name: a.name,
    name_b: b.name,
    paired_by: pair.by,
    layer_type: a.type,
    shape: b.shape,
    dtype_a: a.dtype,
    dtype_b: b.dtype,
    N: a.N,
    M: a.M,
    rf: a.rf,
    status: unchanged ? "unchanged" : failure.length > 0 ? "failed" : "changed",
    reason: unchanged || failure.length === 0 ? null : failure.join("; "),
    phase_a: recordA.phase,
    phase_b: recordB.phase,
    alpha_valid_a: recordA.alpha_valid,
    alpha_valid_b: recordB.alpha_valid,
    distance_raw: distances?.raw ?? null,
    distance_euclidean: distances?.euclidean ?? null,
    distance_cka: aligned.cka,
    relative_change:
      distances === null || inA.spectrum === null
        ? null
        : distances.raw / Math.sqrt((recordA.norm as number) / a.eigenvalueScale),
    cka_centred: aligned.ckaCentred,
    ...(compared === null
      ? { ...NOTHING_KNOWN, ...(unchanged && { kind: "unchanged" as const }) }
      : whatChanged(compared, again)),
    columns: columnChanges(recordA, recordB),
    difference: measured?.record ?? null,
    notes: [
      ...(change.kind === "constant" && !unchanged ? [`every weight moved by ${change.value}`] : []),
      ...(measured?.notes ?? []),
      ...(aligned.note === undefined ? [] : [aligned.note]),
      ...(again.note === undefined ? [] : [again.note]),
      ...(change.kind === "none" ? [`its difference and alignment were not computed: ${change.why}`] : []),
    ],
  };
}

/**
 * Two matrices whose rows are in different orders differ like unrelated ones, by sqrt(2) times their norm. Such a
 * difference says nothing about what was learned.
 */
function withoutMisalignment(parts: Parts): Parts {
  const { inA, pair, difference, change } = parts;
  const { norm } = inA.record;
  const moved = distancesOf(change, difference);
  if (pair.orderDoubt === undefined || moved === null || norm === null) return parts;
  if (moved.raw <= Math.sqrt(norm / inA.layer.eigenvalueScale)) return parts;
  const why = `${pair.orderDoubt}, and W_B - W_A is larger than W_A, as between unrelated matrices`;
  return { ...parts, change: { kind: "none", why }, aligned: UNALIGNED };
}

/** WeightWatcher's distances, from the spectrum of the difference. Its eigenvalues have the scale of the layer. */
function distancesOf(
  change: Change,
  { rf, N, M, eigenvalueScale }: Layer,
): { readonly raw: number; readonly euclidean: number } | null {
  if (change.kind === "failed" || change.kind === "none") return null;
  if (change.kind === "constant") {
    const step = Math.abs(change.value);
    return { raw: step * Math.sqrt(rf * N * M), euclidean: step * Math.sqrt(N * M) };
  }
  const squares = change.spectrum.slices.map(
    (slice) => slice.reduce((sum, lambda) => sum + lambda, 0) / eigenvalueScale,
  );
  return {
    raw: Math.sqrt(squares.reduce((sum, square) => sum + square, 0)),
    euclidean: squares.reduce((sum, square) => sum + Math.sqrt(square), 0) / squares.length,
  };
}
