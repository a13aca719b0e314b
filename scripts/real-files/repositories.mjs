/**
 * Public repositories that hold small trained networks, in formats of which no npm package was found: the commit, the
 * licence that it states, and the files by their names in the cache. A network of several files is a folder of them.
 */
export const REPOSITORIES = [
  {
    // One network as safetensors, TorchScript and ONNX (in singles and halves, with and without branches).
    repository: "snakers4/silero-vad",
    commit: "806dcba3f0b5d95282d0889a074954a2f8c6397b",
    licence: "MIT",
    files: Object.fromEntries(
      [
        ["silero.safetensors", "silero_vad_16k.safetensors"],
        ["silero.jit", "silero_vad.jit"],
        ["silero-16k.onnx", "silero_vad_16k_op15.onnx"],
        ["silero-half.onnx", "silero_vad_half.onnx"],
        ["silero-ifless.onnx", "silero_vad_op18_ifless.onnx"],
      ].map(([name, file]) => [name, `src/silero_vad/data/${file}`]),
    ),
  },
  {
    // One network as a SavedModel, ONNX and TFLite.
    repository: "spotify/basic-pitch",
    commit: "fa5997af0a8210982619003269994a1be25eddf3",
    licence: "Apache-2.0",
    files: {
      "pitch.onnx": "basic_pitch/saved_models/icassp_2022/nmp.onnx",
      "pitch.tflite": "basic_pitch/saved_models/icassp_2022/nmp.tflite",
      ...savedModel("pitch-saved-model", "basic_pitch/saved_models/icassp_2022/nmp"),
    },
  },
  {
    // MLPerf Tiny: networks as Keras HDF5 or SavedModel, and as TFLite in singles and int8.
    repository: "mlcommons/tiny",
    commit: "1afd2c9820f795965a6134facd0b4dfae41ef23f",
    licence: "Apache-2.0",
    files: {
      ...Object.fromEntries(
        [
          ["visual-wake-words.h5", "visual_wake_words/trained_models/vww_96.h5"],
          ["visual-wake-words-float.tflite", "visual_wake_words/trained_models/vww_96_float.tflite"],
          ["visual-wake-words-int8.tflite", "visual_wake_words/trained_models/vww_96_int8.tflite"],
          ["resnet.h5", "image_classification/trained_models/pretrainedResnet.h5"],
          ["resnet.tflite", "image_classification/trained_models/pretrainedResnet.tflite"],
          ["resnet-int8.tflite", "image_classification/trained_models/pretrainedResnet_quant.tflite"],
          ["anomaly.h5", "anomaly_detection/trained_models/ad01.h5"],
          ["anomaly.tflite", "anomaly_detection/trained_models/ad01_fp32.tflite"],
          ["anomaly-int8.tflite", "anomaly_detection/trained_models/ad01_int8.tflite"],
          ["wakeword.h5", "streaming_wakeword/trained_models/str_ww_ref_model.h5"],
          ["wakeword-int8.tflite", "streaming_wakeword/trained_models/str_ww_ref_model.tflite"],
          ["keywords.tflite", "keyword_spotting/trained_models/kws_ref_model_float32.tflite"],
          ["keywords-int8.tflite", "keyword_spotting/trained_models/kws_ref_model.tflite"],
        ].map(([name, file]) => [name, `benchmark/training/${file}`]),
      ),
      ...savedModel("keywords-saved-model", "benchmark/training/keyword_spotting/trained_models/kws_ref_model"),
    },
  },
  {
    // HDF5 by Keras 2.0, whose layers and weights have different names.
    repository: "oarriaga/face_classification",
    commit: "b861d21b0e76ca5514cdeb5b56a689b7318584f4",
    licence: "MIT",
    files: {
      "emotions.hdf5": "trained_models/emotion_models/fer2013_mini_XCEPTION.102-0.66.hdf5",
      "emotions-big.hdf5": "trained_models/fer2013_big_XCEPTION.54-0.66.hdf5",
    },
  },
  {
    // PyTorch's format before 1.6.
    repository: "timesler/facenet-pytorch",
    commit: "787da06156087cd6b616fe6608213722bddc30cd",
    licence: "MIT",
    files: { "pnet.pt": "data/pnet.pt", "rnet.pt": "data/rnet.pt", "onet.pt": "data/onet.pt" },
  },
  {
    repository: "metadriverse/metadrive",
    commit: "85e5dadc6c7436d324348f6e3d8f8e680c06b4db",
    licence: "Apache-2.0",
    files: { "driver.npz": "metadrive/examples/ppo_expert/expert_weights.npz" },
  },
  {
    // Haiku's names and layouts.
    repository: "google-deepmind/disco_rl",
    commit: "9059a29f7121d60948f25ef165e08e050e9399c8",
    licence: "Apache-2.0",
    files: { "disco.npz": "disco_rl/update_rules/weights/disco_103.npz" },
  },
  {
    // Written by llama.cpp's converter from a network that is not trained.
    repository: "ollama/ollama",
    commit: "87a88cc8f923eb0d8b65c45a4b31cd87b34ee5b1",
    licence: "MIT",
    files: { "llama-tiny-random.gguf": "api/data/llama-2-tiny-random.gguf" },
  },
  {
    repository: "NhanPhamThanh-IT/Handwritten-Digits-Classification",
    commit: "1dc52c15aef95a9f2dae48831c022c1b5935b311",
    licence: "MIT",
    files: { "digits.keras": "models/model.keras" },
  },
  {
    // HDF5 under the name of the archive.
    repository: "98mprice/mario-level-generator",
    commit: "732857cad43855975c68d51e488c3c361c84590a",
    licence: "none stated",
    files: { "mario.keras": "model.keras" },
  },
  {
    repository: "leo01110111/bc_with_hands",
    commit: "45b72382eedfd246ea68a89b45b609abf741925a",
    licence: "none stated",
    files: { "hands.msgpack": "checkpoints/params.msgpack", "hands-ckpt.msgpack": "checkpoints/ckpt.msgpack" },
  },
  // TensorFlow checkpoints by Keras 2.8 and by the optimizers after it.
  {
    repository: "MIC-Laboratory/IEEE-NER-2023-EffiE",
    commit: "5b79bbbdb9c5f24f5ec6d98d70f895eed45ed536",
    licence: "none stated",
    files: checkpoint("gestures-checkpoint"),
  },
  {
    repository: "artchemi/LightCBAM_HGR",
    commit: "b8397fc0c1ec6864fc6f9d7ce0468311b90928f1",
    licence: "none stated",
    files: checkpoint("gestures-cbam-checkpoint"),
  },
  // Adapters by PEFT, of two versions.
  {
    repository: "Tashu014/lora-imdb-distilbert",
    commit: "b43db57b9033dee045e6f1e984f984c3adb6607b",
    licence: "none stated",
    files: adapter("lora-imdb"),
  },
  {
    repository: "dayanidhi04/emotion-classification-distilbert-lora",
    commit: "675b21410fb7a00b51a6e3dfa3ef72cdd945ca67",
    licence: "none stated",
    files: adapter("lora-emotion"),
  },
  {
    // CNTK's MNIST network, whose last matrix the graph reshapes.
    repository: "las7/weight-inspect",
    commit: "7e164588b9c7444d4019dda1e3fe0f3481a2f018",
    licence: "Apache-2.0",
    files: { "mnist.onnx": "tests/fixtures/mnist.onnx" },
  },
];

function savedModel(name, folder) {
  const files = ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"];
  return Object.fromEntries(files.map((file) => [`${name}/${file}`, `${folder}/${file}`]));
}

function checkpoint(name) {
  const files = ["checkpoint", "model.ckpt.index", "model.ckpt.data-00000-of-00001"];
  return Object.fromEntries(files.map((file) => [`${name}/${file}`, `checkpoints/${file}`]));
}

function adapter(name) {
  return Object.fromEntries(
    ["adapter_config.json", "adapter_model.safetensors"].map((file) => [`${name}/${file}`, file]),
  );
}
