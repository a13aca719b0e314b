import { dropoutPattern, isKept } from "../dropout.js";
import type { ReferenceLayer } from "./layer.js";

/** y = max(x, 0); dx = dy where y > 0. */
export function rectifier(): ReferenceLayer {
  let y = new Float64Array();
  return {
    forward(x) {
      y = x.map((value) => Math.max(value, 0));
      return y;
    },
    backward: (dy) => dy.map((g, index) => (y[index] > 0 ? g : 0)),
  };
}

/** y = x/(1 - rate) if x is kept, 0 if it is dropped; y = x in an evaluation. */
export function dropout({
  rate,
  seed,
  layer,
}: {
  readonly rate: number;
  readonly seed: number;
  readonly layer: number;
}): ReferenceLayer {
  let factors = new Float64Array();
  return {
    forward(x, { step }) {
      const pattern = step === null ? undefined : dropoutPattern({ seed, step, layer, rate });
      factors = x.map((_, index) => (pattern === undefined ? 1 : isKept(pattern, index) ? pattern.scale : 0));
      return x.map((value, index) => value * factors[index]);
    },
    backward: (dy) => dy.map((g, index) => g * factors[index]),
  };
}

/** Values in the order row, column, channel are a flat vector already. */
export const flatten: ReferenceLayer = { forward: (x) => x, backward: (dy) => dy };
