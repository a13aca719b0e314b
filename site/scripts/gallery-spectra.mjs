// What docs/gallery.md shows, under its headings: real layers, matrices drawn from a seed, and trainings of the lab.
// Data only. A real layer names a file or network (`npm run networks` fetches networks) and the layer's full name; a
// made matrix names a family of src/phases/ensembles, sides and a seed.

export const GALLERY = {
  "random-like": [
    { id: "made-random-like", words: "Made: independent Gaussian entries", family: "independent gaussian entries" },
    {
      id: "real-random-like",
      words: "Real: a hand detector (handtrackjs, float32)",
      path: ".cache/networks/handtrack-320-base",
      layer: "*/bottom_up_Conv2d_21_depthwise_conv/separable_conv2d_weights",
    },
  ],
  "bleeding-out": [
    {
      id: "made-bleeding-out",
      words: "Made: noise and signals just past the transition",
      family: "signals just past the transition",
    },
    {
      id: "real-bleeding-out",
      words: "Real: another layer of the hand detector",
      path: ".cache/networks/handtrack-320-base",
      layer: "*smoothing_2_depthwise_conv/separable_conv2d_weights",
    },
  ],
  "bulk+spikes": [
    { id: "made-bulk-spikes", words: "Made: noise and a few strong signals", family: "a few strong signals" },
    {
      id: "real-bulk-spikes",
      words: "Real: InceptionV3 (of nsfwjs), three kernel positions pooled",
      path: ".cache/networks/inception-v3",
      layer: "conv2d_83",
    },
  ],
  "bulk-decay": [
    {
      id: "made-bulk-decay",
      words: "Made: the variances of the columns are exponential",
      family: "exponential population",
    },
    {
      id: "real-bulk-decay",
      words: "Real: the first layer of examples/digits_b4.safetensors",
      path: "examples/digits_b4.safetensors",
      layer: "0",
    },
  ],
  "heavy-tailed": [
    {
      id: "made-heavy-tailed",
      words: "Made: the variances of the columns have a power law",
      family: "power-law population, alpha 1.7 to 2.5",
    },
    {
      id: "real-heavy-tailed",
      words: "Real: InceptionV3, a 1 x 1 convolution near its end",
      path: ".cache/networks/inception-v3",
      layer: "conv2d_86",
    },
  ],
  "rank-collapse": [
    {
      id: "made-rank-collapse",
      words: "Made: low rank under very small noise",
      family: "low rank under noise of 1e-8 to 1e-3",
    },
    {
      id: "real-rank-collapse",
      words: "Real: InceptionV3, the dense layer before the last",
      path: ".cache/networks/inception-v3",
      layer: "dense_1",
    },
  ],
  undecided: [
    { id: "made-undecided", words: "Made: the variances of the columns are uniform", family: "uniform variances" },
    {
      id: "real-undecided",
      words: "Real: a speech encoder (Moonshine, 8 bits)",
      path: ".cache/networks/moonshine-encoder-int8.onnx",
      layer: "layers.1.self_attn.v_proj",
    },
  ],
  "batch-size": [64, 16, 4, 2].map((batch) => ({
    id: `trained-b${batch}`,
    words: `Trained with batch size ${batch}`,
    batch,
    layer: "fc1",
  })),
};

/** Sides and seed of the made matrices. */
export const MADE = { N: 1024, M: 256, seed: 17 };
/** The lab's preset whose trainings are shown, and the seed of its runs. */
export const TRAINED = { preset: "synthetic/batch-size", seed: 1 };
