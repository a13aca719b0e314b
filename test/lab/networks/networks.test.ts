import { describe, expect, it } from "vitest";
import {
  leNet5,
  miniAlexNet,
  miniAlexNetWith,
  mlp3,
  type Network,
  type NetworkLayer,
  parameterCount,
  parametersOf,
  quickMlp,
  shapesOf,
  tinyNetwork,
  validateNetwork,
} from "#eigenscope/lab/networks/index.js";

const input = { height: 8, width: 6, channels: 2 };
const network = (...layers: NetworkLayer[]): Network => ({ name: "mine", input, layers });
const logits: NetworkLayer = { type: "dense", name: "logits", units: 3 };

/** The matrix of a layer as the theory has it: larger side x smaller side. */
function matrixOf(of: Network, name: string): number[] {
  const weight = parametersOf(of).find((parameter) => parameter.name === `${name}.weight`)!;
  return [...weight.shape].sort((a, b) => b - a);
}

describe("the paper's networks", () => {
  it.each([
    [leNet5, 1_256_080],
    [miniAlexNet, 2_272_458],
    [mlp3, 2352 * 512 + 512 + 2 * (512 * 512 + 512) + 512 * 10 + 10],
    [quickMlp, 3072 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10],
    [tinyNetwork, 1027],
  ])("$name has its published number of parameters", (preset, count) => {
    expect(parameterCount(preset)).toBe(count);
  });

  it("have the matrices that the paper analyses", () => {
    expect(matrixOf(leNet5, "fc1")).toEqual([2450, 500]);
    expect(matrixOf(miniAlexNet, "fc1")).toEqual([4096, 384]);
    expect(matrixOf(miniAlexNet, "fc2")).toEqual([384, 192]);
    expect(matrixOf(mlp3, "fc1")).toEqual([2352, 512]);
    expect(matrixOf(quickMlp, "fc1")).toEqual([3072, 512]);
  });

  it("MiniAlexNet's images shrink from 28 to 10 to 4 as in Keras", () => {
    const pooled = shapesOf(miniAlexNet).filter((_, index) => miniAlexNet.layers[index].type === "max-pooling");
    expect(pooled.map(({ output }) => output)).toEqual([
      { height: 10, width: 10, channels: 96 },
      { height: 4, width: 4, channels: 256 },
    ]);
  });

  it("MiniAlexNet's variants carry their penalties, and normalise FC1 and FC2 where they drop out", () => {
    const penalised = miniAlexNetWith({ l2Fc1: 1e-4, l2Fc2: 1e-4 });
    expect(penalised.layers.flatMap((layer) => ("l2" in layer ? [layer.l2] : []))).toEqual([1e-4, 1e-4]);
    expect(parameterCount(penalised)).toBe(parameterCount(miniAlexNet));
    const dropping = miniAlexNetWith({ dropout: 0.5 });
    expect(dropping.layers.filter(({ type }) => type === "dropout")).toHaveLength(4);
    expect(parameterCount(dropping)).toBe(parameterCount(miniAlexNet) + 4 * 384 + 4 * 192);
    expect(dropping.name).toBe("MiniAlexNet (dropout 0.5)");
  });

  it.each([leNet5, miniAlexNet, miniAlexNetWith({ l2Fc1: 0.005, dropout: 0.5 }), mlp3, quickMlp, tinyNetwork])(
    "$name passes as a user's JSON",
    (preset) => {
      expect(validateNetwork(JSON.parse(JSON.stringify(preset)))).toEqual(preset);
    },
  );
});

describe("shapesOf", () => {
  it.each<[NetworkLayer, number[]]>([
    [{ type: "convolution", name: "a", filters: 5, kernel: 4 }, [8, 6, 5]],
    [{ type: "convolution", name: "a", filters: 5, kernel: 4, padding: "valid" }, [5, 3, 5]],
    [{ type: "max-pooling", size: 3, stride: 3 }, [3, 2, 2]],
    [{ type: "max-pooling", size: 3, stride: 2, padding: "valid" }, [3, 2, 2]],
    [{ type: "flatten" }, [1, 1, 96]],
  ])("of %j are Keras'", (layer, [height, width, channels]) => {
    const [shapes] = shapesOf(network(layer, { type: "flatten" }, logits));
    expect(shapes).toEqual({ input, output: { height, width, channels } });
  });

  it.each<[Network, string]>([
    [
      network(logits),
      'network "mine", layer 1 (dense): takes a flat vector, got 8 x 6 x 2; put a flatten layer before it',
    ],
    [
      network({ type: "max-pooling", size: 7, stride: 1, padding: "valid" }),
      'network "mine", layer 1 (max-pooling): a window of 7 x 7 does not fit an image of 8 x 6 without padding',
    ],
    [
      network({ type: "convolution", name: "a", filters: 3, kernel: 3 }),
      'network "mine": the last layer must give one logit per class, at least two; it gives 8 x 6 x 3',
    ],
    [
      { ...network({ type: "flatten" }, logits), input: { height: 4096, width: 4096, channels: 2 } },
      'network "mine", layer 1 (flatten): gives 33554432 values per example, more than 16777216',
    ],
  ])("refuses layers that do not fit, %#", (impossible, message) => {
    expect(() => shapesOf(impossible)).toThrow(new RangeError(message));
  });
});

describe("validateNetwork", () => {
  const good = { name: "mine", input, layers: [{ type: "flatten" }, logits] };
  it.each<[string, unknown, string]>([
    ["no object", 7, "network: must be an object, got 7"],
    ["no name", { ...good, name: "" }, 'network: name must be a name, got ""'],
    ["no layers", { ...good, layers: [] }, "network: layers must be a list of at least one layer, got []"],
    [
      "an unknown field",
      { ...good, classes: 3 },
      'network: has no field "classes"; its fields are name, input, layers',
    ],
    [
      "a broken side",
      { ...good, input: { ...input, width: 2.5 } },
      'network "mine", input: width must be a whole number from 1 to 65536, got 2.5',
    ],
    [
      "an unknown layer",
      { ...good, layers: [{ type: "attention" }] },
      'network "mine", layer 1: type must be one of dense, convolution, max-pooling, batch-normalisation, ' +
        'dropout, flatten, got "attention"',
    ],
    [
      "a type from the prototype",
      { ...good, layers: [{ type: "constructor" }] },
      'network "mine", layer 1: type must be one of dense, convolution, max-pooling, batch-normalisation, ' +
        'dropout, flatten, got "constructor"',
    ],
    [
      "a misspelt field",
      { ...good, layers: [{ type: "flatten" }, { ...logits, activations: "relu" }] },
      'network "mine", layer 2 (dense): has no field "activations"; its fields are type, name, units, ' +
        "activation, initialisation, bias, l2",
    ],
    [
      "a rate of one",
      { ...good, layers: [{ type: "dropout", rate: 1 }, { type: "flatten" }, logits] },
      'network "mine", layer 1 (dropout): rate must be a number from 0 to below 1, got 1',
    ],
    [
      "a name taken twice",
      { ...good, layers: [{ type: "flatten" }, logits, logits] },
      'network "mine", layer 3: the name "logits" is taken by an earlier layer',
    ],
    [
      "layers that do not fit",
      { ...good, layers: [logits] },
      'network "mine", layer 1 (dense): takes a flat vector, got 8 x 6 x 2; put a flatten layer before it',
    ],
  ])("refuses %s", (_, value, message) => {
    expect(() => validateNetwork(value)).toThrow(new RangeError(message));
  });

  it("takes what is right", () => {
    expect(validateNetwork(good)).toBe(good);
  });
});
