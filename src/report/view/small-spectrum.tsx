import type { JSX } from "preact";
import { smallSpectrum } from "../charts/small-spectrum.js";
import type { ViewLayer } from "./view-layer.js";

/** The picture of a layer's spectrum in a few pixels: a dashed slot until there is one. */
export function SmallSpectrum({
  layer,
  width,
  height,
  own = false,
  domain,
}: {
  layer: ViewLayer;
  width: number;
  height: number;
  /** Each on its own axis instead of `domain`. */
  own?: boolean;
  /** Decades around the median that all spectra of a group share. */
  domain?: readonly [number, number];
}): JSX.Element {
  const { picture, record, label } = layer;
  if (picture === null || record === null || label === null)
    return <span class="pending" style={{ width: `${width}px`, height: `${height}px` }} />;
  const edge = record.lambda_plus;
  const { svg } = smallSpectrum(picture, { width, height, label, edge, ...(own || domain === undefined ? {} : { domain }) });
  // biome-ignore lint/security/noDangerouslySetInnerHtml: charts/ escapes what it writes
  return <span dangerouslySetInnerHTML={{ __html: svg }} />;
}
