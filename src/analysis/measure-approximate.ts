import type { Layer } from "../layers/index.js";
import { deriveSeed } from "../numeric/index.js";
import type { ApproximateSpectrum } from "../spectra/index.js";
import type { LayerResult } from "./layer-result.js";
import { withVerdict } from "./layer-row.js";
import { failedLayer } from "./measure-layer.js";

/**
 * The result of a layer that is too large for computing all its eigenvalues. It has what the trace and the largest
 * eigenvalue give, and a note that it is approximate. Everything that needs the whole spectrum is null with that
 * reason. The density is in the result's `approximate`.
 */
export function measureApproximate(layer: Layer, spectrum: ApproximateSpectrum): LayerResult {
  const { N, M } = layer;
  const reason = `the spectrum is approximate: a ${N} x ${M} matrix is too large for computing all its eigenvalues`;
  const scale = layer.eigenvalueScale;
  const lambdaMax = spectrum.lambdaMax.value * scale;
  const norm = spectrum.trace * scale;
  const result = failedLayer(layer, reason);
  const record = {
    ...result.record,
    status: "success" as const,
    reason: null,
    lambda_max: lambdaMax,
    sv_max: Math.sqrt(lambdaMax),
    norm,
    log_norm: Math.log10(norm),
    spectral_norm: lambdaMax,
    log_spectral_norm: Math.log10(lambdaMax),
    stable_rank: norm / lambdaMax,
    route: "lanczos",
    precision: "f64",
    notes: [...layer.notes, noteOf(spectrum, scale)],
  };
  return { ...result, record: withVerdict(record), approximate: spectrum };
}

function noteOf({ lambdaMax, probes, steps, passes }: ApproximateSpectrum, scale: number): string {
  const bound = (lambdaMax.bound * scale).toExponential(1);
  return (
    `approximate: lambda_max (error at most ${bound}) by block Lanczos, the density by stochastic Lanczos ` +
    `quadrature (${probes} probes, ${steps} steps, weights read ${passes} times); the norm is exact`
  );
}

/**
 * The seed of a layer's start vectors, from the analysis's: the result does not depend on what else runs.
 */
export function approximateSeed(seed: number, layer: number): number {
  return deriveSeed(deriveSeed(seed % 2 ** 32, Math.floor(seed / 2 ** 32)), layer);
}
