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
  id,
}: {
  layer: ViewLayer;
  width: number;
  height: number;
  /** The axis that a group of spectra shares; null: its own. */
  axis?: DecadesFromMedian | null;
  /** Of the picture, so that a table can show it again. */
  id?: string | undefined;
}): JSX.Element {
  const drawn =
    picture === null || record === null || label === null
      ? pendingSpectrum({ width, height })
      : smallSpectrum(picture, {
          ...{ width, height, phase: label, axis, lambdaPlus: record.lambda_plus },
          ...(id !== undefined && { id }),
        });
  return <Drawing svg={drawn} />;
}
