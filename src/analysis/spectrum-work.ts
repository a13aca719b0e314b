import type { Layer } from "../layers/index.js";

/** Floating-point operations of one layer: Gram matrix and reduction to tridiagonal form. */
export function spectrumWork({ N, M, rf }: Pick<Layer, "N" | "M" | "rf">): number {
  return rf * (N * M * M + (4 / 3) * M ** 3);
}
