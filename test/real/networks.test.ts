import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { analyze, describe as describeModel } from "#eigenscope/node/index.js";

const CACHE = fileURLToPath(new URL("../../.cache/networks", import.meta.url));

/** Real trained networks (scripts/real-networks.mjs), with what is known of them from their own architecture. */
const NETWORKS = [
  { name: "embeddings-en", format: "tfjs", layers: 11, types: { embedding: 1 } },
  { name: "esrgan-thick-x2", format: "tfjs", layers: 154, types: { conv2d: 154 } },
  { name: "inception-v3", format: "tfjs", layers: 96, types: { conv2d: 94 } },
  { name: "handtrack-320-fp16", format: "tfjs", layers: 72, types: { conv2d: 72 } },
  { name: "handtrack-320-int8", format: "tfjs", layers: 72, types: { conv2d: 72 } },
  { name: "ani-scale.pth", format: "pytorch", layers: 18, types: { conv2d: 18 } },
  { name: "descreen.pth", format: "pytorch", layers: 153, types: { conv2d: 103, dense: 50 } },
  { name: "ocr-recognition.onnx", format: "onnx", layers: 33, types: { conv2d: 24, dense: 9 } },
  { name: "moonshine-encoder-int8.onnx", format: "onnx", layers: 38, types: { conv1d: 2, dense: 36 } },
  { name: "moonshine-decoder-int8.onnx", format: "onnx", layers: 61, types: { dense: 60, embedding: 1 } },
  { name: "vad-5.onnx", format: "onnx", layers: 24, types: { conv1d: 8, recurrent: 16 } },
  { name: "pose-lite.tflite", format: "tflite", layers: 44, types: { conv2d: 44 } },
  // Bare weight manifests of TensorFlow.js, without a topology.
  { name: "face-recognition", format: "tfjs", layers: 30, types: { conv2d: 29, dense: 1 } },
  { name: "face-age-gender", format: "tfjs", layers: 17, types: { conv2d: 17 } },
  { name: "face-expression", format: "tfjs", layers: 16, types: { conv2d: 16 } },
  { name: "wakeword.onnx", format: "onnx", layers: 2, types: { dense: 2 } },
  // From public repositories, in the formats that npm packages do not have.
  { name: "silero.safetensors", format: "safetensors", layers: 12, types: { conv1d: 4, recurrent: 8 } },
  { name: "silero.jit", format: "pytorch", layers: 24, types: { conv1d: 8, recurrent: 16 } },
  { name: "onet.pt", format: "pytorch", layers: 6, types: { conv2d: 4, dense: 2 } },
  { name: "visual-wake-words.h5", format: "hdf5", layers: 13, types: { conv2d: 13 } },
  { name: "digits.keras", format: "keras", layers: 4, types: { conv2d: 2, dense: 2 } },
  { name: "keywords-saved-model", format: "tensorflow", layers: 5, types: { conv2d: 4, dense: 1 } },
  { name: "gestures-checkpoint", format: "tensorflow", layers: 1, types: { conv2d: 1 } },
  { name: "driver.npz", format: "npz", layers: 2, types: { dense: 2 } },
  { name: "disco.npz", format: "npz", layers: 13, types: { dense: 10, conv1d: 3 } },
  { name: "hands.msgpack", format: "flax", layers: 3, types: { dense: 3 } },
  { name: "lora-imdb", format: "safetensors", layers: 13, types: { lora: 12, dense: 1 } },
  { name: "resnet-int8.tflite", format: "tflite", layers: 10, types: { conv2d: 9, dense: 1 } },
  { name: "mnist.onnx", format: "onnx", layers: 2, types: { conv2d: 1, dense: 1 } },
];

/** lambda_max of W'W by other readers (onnx 1.12; the manifest by its own description) and numpy's SVD in doubles. */
const BY_OTHERS = [
  // Dequantised in singles: some 2^-23 of each entry.
  { name: "face-recognition", layer: "fc", lambdaMax: 0.07752828600634921, relative: 1e-6 },
  { name: "wakeword.onnx", layer: "layer1", lambdaMax: 15.324438965165589, relative: 1e-12 },
  { name: "wakeword.onnx", layer: "blocks.0.fcn_layer", lambdaMax: 3.001534555354605, relative: 1e-12 },
];

const isThere = (name: string): boolean => existsSync(`${CACHE}/${name}`);
for (const { name } of NETWORKS) {
  if (!isThere(name)) console.warn(`SKIPPED the real network ${name}: npm run networks fetches it`);
}

describe.each(NETWORKS)("the real network $name", ({ name, format, layers, types }) => {
  it.skipIf(!isThere(name))("is read whole: every tensor is a layer or has a reason", async () => {
    const description = await describeModel(`${CACHE}/${name}`);
    expect(description.layers).toHaveLength(layers);
    expect(description.input.format).toBe(format);
    expect(new Set(description.layers.map((layer) => layer.name)).size).toBe(layers);
    for (const [type, count] of Object.entries(types))
      expect(description.layers.filter((layer) => layer.layer_type === type)).toHaveLength(count);
    for (const { reason } of description.skipped) expect(reason).not.toBe("");
  });

  it.skipIf(!isThere(name))("is analysed to the end, every layer with a spectrum", async () => {
    const { summary, layers: rows } = await analyze(`${CACHE}/${name}`).report();
    expect(summary.analysed).toBe(layers);
    expect(summary.failed).toBe(0);
    for (const row of rows) {
      expect(row.lambda_max).toBeGreaterThan(0);
      expect(row.phase !== null || row.phase_reason?.startsWith("Too small")).toBe(true);
    }
  });
});

describe.each(BY_OTHERS)("$layer of the real network $name", ({ name, layer, lambdaMax, relative }) => {
  it.skipIf(!isThere(name))("has the largest eigenvalue that other readers and numpy find", async () => {
    const { layers } = await analyze(`${CACHE}/${name}`, { layers: [layer] }).report();
    expect(Math.abs((layers[0].lambda_max ?? 0) / lambdaMax - 1)).toBeLessThan(relative);
  });
});

/**
 * The same trained networks as ONNX and as TFLite, written by two converters, and what onnx 1.12 and numpy 1.24 find in
 * one layer of each: its position, and lambda_max of W'W by SVD in doubles.
 */
const TWINS = [
  { name: "alexa_v0.1", sides: ["1536 x 128", "128 x 128"], layer: 0, lambdaMax: 7.481585690206072 },
  {
    name: "hey_jarvis_v0.1",
    sides: ["1536 x 128", "128 x 128", "1536 x 64", "64 x 64"],
    layer: 2,
    lambdaMax: 12.179241683572753,
  },
  { name: "timer_v0.1", sides: ["3264 x 128", "128 x 128"], layer: 1, lambdaMax: 2.1890681958635336 },
  { name: "weather_v0.1", sides: ["2112 x 128", "128 x 128"], layer: 0, lambdaMax: 9.919997518422761 },
  {
    name: "embedding_model",
    sides: [24, 24, 48, 48, 48, 48, 72, 72, 72, 72, 96, 96, 96, 96, 96, 96, 96, 96, 96].map(
      (side, k, all) => `${side} x ${all[k - 1] ?? 24}`,
    ),
    layer: 18,
    // The largest of its three slices, each multiplied by sqrt(1/2) (NOTATION.md).
    lambdaMax: (1 / 2) * 186.52244818123913,
    // Each converter folded the batch norms into the weights in singles: some 2^-23 of each entry.
    twins: 1e-6,
  },
];

describe.each(TWINS)("the network $name in two formats", ({ name, sides, layer, lambdaMax, twins = 1e-9 }) => {
  const [onnx, tflite] = ["onnx", "tflite"].map((format) => `twin-${name}.${format}`);
  it.skipIf(!isThere(onnx) || !isThere(tflite))(
    "has the same layers, shapes and spectra, and onnx's values",
    async () => {
      const [a, b] = await Promise.all(
        [onnx, tflite].map(async (file) => (await analyze(`${CACHE}/${file}`).report()).layers),
      );
      expect(a.map(({ N, M }) => `${N} x ${M}`)).toEqual(sides);
      expect(b.map(({ N, M, rf }) => [N, M, rf])).toEqual(a.map(({ N, M, rf }) => [N, M, rf]));
      // Where both hold the same float32, only the orientation differs, and with it the order of sums in doubles.
      const relative = (found: number | null, expected: number): number => Math.abs((found ?? 0) / expected - 1);
      for (const [k, { lambda_max, stable_rank }] of a.entries()) {
        expect(relative(b[k].lambda_max, lambda_max as number)).toBeLessThan(twins);
        expect(relative(b[k].stable_rank, stable_rank as number)).toBeLessThan(twins);
      }
      expect(relative(a[layer].lambda_max, lambdaMax)).toBeLessThan(1e-9);
    },
  );
});

/**
 * One network as its authors published it in several formats. Converters fold norms into the weights and round them to
 * int8, which changes spectra, but no sides.
 */
describe.each([
  ["resnet.h5", "resnet.tflite", "resnet-int8.tflite"],
  ["anomaly.h5", "anomaly.tflite", "anomaly-int8.tflite"],
  ["visual-wake-words.h5", "visual-wake-words-int8.tflite"],
  ["keywords-saved-model", "keywords.tflite", "keywords-int8.tflite"],
  ["pitch-saved-model", "pitch.tflite", "pitch.onnx"],
  ["silero.safetensors", "silero-16k.onnx", "silero-half.onnx"],
])("the real network of %s", (...files) => {
  it.skipIf(!files.every(isThere))("has layers of the same sides in every format", async () => {
    const all = await Promise.all(files.map((file) => describeModel(`${CACHE}/${file}`)));
    const sides = all.map(({ layers }) => layers.map(({ N, M, rf }) => `${N} x ${M}, ${rf}`).sort());
    for (const each of sides) expect(each).toEqual(sides[0]);
  });
});

/** Files of the HDF5 library's own kinds of types, with the tensors that h5py lists. */
describe.each([
  ["jsfive.h5", { f2: [3], f4: [3], f8: [3], i1: [3], i2: [3], i4: [3] }],
  ["h5wasm.h5", { bigendian: [3], bigint: [2, 2, 2], bool: [2, 2] }],
])("the real file %s", (name, shapes) => {
  it.skipIf(!isThere(name))("gives every dataset that h5py lists, with its shape", async () => {
    const { skipped } = await describeModel(`${CACHE}/${name}`, { minEigenvalues: 1 });
    const found = Object.fromEntries(skipped.map((tensor) => [tensor.name, tensor.shape]));
    expect(found).toMatchObject(shapes);
  });
});
