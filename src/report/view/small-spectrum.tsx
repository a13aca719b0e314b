import type { JSX } from "preact";
import { type DecadesFromMedian, pendingSpectrum, smallSpectrum } from "../charts/small-spectrum.js";
import { Drawing } from "./drawing.js";
import type { ViewLayer } from "./view-layer.js";

/** The picture of a layer's spectrum in a few pixels: a dashed slot until there is one. */
export function SmallSpectrum({
  layer: { picture, record, label },
  width,
  height,
  axis = null,
}: {
  layer: ViewLayer;
  width: number;
  height: number;
  /** The axis that a group of spectra shares; null: its own. */
  axis?: DecadesFromMedian | null;
}): JSX.Element {
  const drawn =
    picture === null || record === null || label === null
      ? pendingSpectrum({ width, height })
      : smallSpectrum(picture, { width, height, phase: label, axis, lambdaPlus: record.lambda_plus });
  return <Drawing svg={drawn} />;
}
