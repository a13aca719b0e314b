import { createRng, deriveSeed, normalSampler } from "../../numeric/index.js";
import type { DataSet, PixelImages } from "./pixel-images.js";

const SIDE = 16;
const CLASSES = 10;
/** The task is the same for all seeds of a training. */
const TASK_SEED = 20_210_701;
/**
 * Directions along which the images of a class vary. Their strength falls as a power of their rank, as in natural
 * images.
 */
const FACTORS = 24;
const FACTOR_DECAY = 0.6;
/**
 * Standard deviations in units of pixel values: distance of the class means, variation along the factors, independent
 * noise of every pixel.
 */
const CLASS_SPREAD = 9;
const FACTOR_SPREAD = 22;
const NOISE = 30;
const GREY = 128;

/** Shape and size of the built-in task. */
export const SYNTHETIC = { height: SIDE, width: SIDE, channels: 1, classes: CLASSES, train: 2000, test: 1000 } as const;

/**
 * The built-in task: ten classes of grey images of 16 x 16. Each class is a Gaussian cluster with its own mean. All
 * share 24 smooth factors of falling strength, and have independent noise. The classes overlap, so that full training
 * accuracy takes many epochs and test accuracy stays below it. The task models no real data: with it, every command
 * runs in a fresh clone within seconds.
 */
export function syntheticTask(): DataSet {
  const rng = createRng(TASK_SEED);
  const normal = normalSampler(rng);
  const means = Array.from({ length: CLASSES }, () => smoothField(normal, 4));
  const factors = Array.from({ length: FACTORS }, () => smoothField(normal, 2));
  const make = (count: number, index: number): PixelImages => {
    const draw = createRng(deriveSeed(TASK_SEED, index));
    const gauss = normalSampler(draw);
    const size = SIDE * SIDE;
    const pixels = new Uint8Array(count * size);
    const labels = new Uint8Array(count);
    for (let image = 0; image < count; image++) {
      const label = Math.floor(draw() * CLASSES);
      labels[image] = label;
      const weights = factors.map((_, k) => FACTOR_SPREAD * (k + 1) ** -FACTOR_DECAY * gauss());
      for (let at = 0; at < size; at++) {
        let value = GREY + CLASS_SPREAD * means[label][at] + NOISE * gauss();
        for (let k = 0; k < FACTORS; k++) value += weights[k] * factors[k][at];
        pixels[image * size + at] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
    return { count, height: SIDE, width: SIDE, channels: 1, pixels, labels };
  };
  return { train: make(SYNTHETIC.train, 0), test: make(SYNTHETIC.test, 1) };
}

/** A random field of variance about 1: `waves` x `waves` cosines of random phase and amplitude. */
function smoothField(normal: () => number, waves: number): Float64Array {
  const field = new Float64Array(SIDE * SIDE);
  const scale = Math.SQRT1_2 / waves;
  for (let u = 0; u < waves; u++) {
    for (let v = 0; v < waves; v++) {
      const [a, b, phase] = [normal(), normal(), Math.PI * normal()];
      for (let y = 0; y < SIDE; y++) {
        for (let x = 0; x < SIDE; x++) {
          const angle = (Math.PI * ((u + 0.5) * (y + 0.5) + (v + 0.5) * (x + 0.5))) / SIDE + phase;
          field[y * SIDE + x] += scale * Math.SQRT2 * (a * Math.cos(angle) + b * Math.sin(angle));
        }
      }
    }
  }
  return field;
}
