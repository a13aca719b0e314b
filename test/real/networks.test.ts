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
  { name: "vad-5.onnx", format: "onnx", layers: 24, types: { conv1d: 8, recurrent: 16 } },
  { name: "pose-lite.tflite", format: "tflite", layers: 44, types: { conv2d: 44 } },
];

const isThere = (name: string): boolean => existsSync(`${CACHE}/${name}/model.json`) || existsSync(`${CACHE}/${name}`);
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

  it.skipIf(!isThere(name))(
    "is analysed to the end, every layer with a spectrum",
    async () => {
      const { summary, layers: rows } = await analyze(`${CACHE}/${name}`).report();
      expect(summary.analysed).toBe(layers);
      expect(summary.failed).toBe(0);
      for (const row of rows) {
        expect(row.lambda_max).toBeGreaterThan(0);
        expect(row.phase !== null || row.phase_reason?.startsWith("Too small")).toBe(true);
      }
    },
    120_000,
  );
});
