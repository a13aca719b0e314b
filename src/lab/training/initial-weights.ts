import { createRng, deriveSeed, normalSampler, type Rng } from "../../numeric/index.js";
import type { Initialisation, Network } from "../networks/network.js";
import { elementsOf, type Parameter, parametersOf } from "../networks/parameters.js";
import type { TrainedTensor } from "./engine.js";

/** The truncated normal law is cut at this many standard deviations. */
const MAX_DEVIATIONS = 2;

/**
 * The initial tensors of a training. Weights are drawn in the order of the checkpoint, with a generator per layer from
 * `seed` and the layer's number. Biases are the layer's `bias` (default 0), scales and running variances 1, shifts and
 * running means 0. Weights follow Glorot [GB10], with fan_in and fan_out counted over the kernel as in Keras: normal
 * with sd = sqrt(2/(fan_in + fan_out)), or uniform on +-sqrt(6/(fan_in + fan_out)). The normal law cut at two standard
 * deviations has 0.8796 of its sd; Keras 2.1 does not correct this. Throws `RangeError` for a seed that is not an
 * integer in [0, 2^32), and as `shapesOf`.
 */
export function initialWeights(network: Network, seed: number): TrainedTensor[] {
  return parametersOf(network).map((parameter) => ({
    name: parameter.name,
    shape: parameter.shape,
    values: initialValues(parameter, network, seed),
  }));
}

function initialValues({ role, shape, layer }: Parameter, network: Network, seed: number): Float32Array {
  const values = new Float32Array(elementsOf(shape));
  const settings = network.layers[layer];
  if (role === "scale" || role === "running-variance") return values.fill(1);
  if (role === "bias" && "bias" in settings) return values.fill(settings.bias ?? 0);
  if (role !== "weight" || !("initialisation" in settings || "units" in settings || "filters" in settings))
    return values;
  const draw = glorotSampler(settings.initialisation ?? "glorot-normal", shape, createRng(deriveSeed(seed, layer)));
  return values.map(draw);
}

function glorotSampler(
  initialisation: Initialisation,
  [outputs, inputs, ...kernel]: readonly number[],
  rng: Rng,
): () => number {
  const fans = (outputs + inputs) * elementsOf(kernel);
  if (initialisation === "glorot-uniform") {
    const limit = Math.sqrt(6 / fans);
    return () => limit * (2 * rng() - 1);
  }
  const sd = Math.sqrt(2 / fans);
  const normal = normalSampler(rng);
  if (initialisation === "glorot-normal") return () => sd * normal();
  return () => {
    let z = normal();
    while (Math.abs(z) > MAX_DEVIATIONS) z = normal();
    return sd * z;
  };
}
