// Files with random weights, of the shapes that benchmarks are about.
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

/** 3,000 layers of 96 x 64. */
export const SMALL_LAYERS = Array.from({ length: 3000 }, (_, k) => ({
  name: `model.layers.${k >> 2}.mlp.fc${k % 4}.weight`,
  shape: [96, 64],
}));

/** The matrices of GPT-2 small, with its embedding. */
export const GPT2_LAYERS = [
  { name: "wte.weight", shape: [50257, 768] },
  { name: "wpe.weight", shape: [1024, 768] },
  ...Array.from({ length: 12 }, (_, block) => [
    { name: `h.${block}.attn.c_attn.weight`, shape: [768, 2304] },
    { name: `h.${block}.attn.c_proj.weight`, shape: [768, 768] },
    { name: `h.${block}.mlp.c_fc.weight`, shape: [768, 3072] },
    { name: `h.${block}.mlp.c_proj.weight`, shape: [3072, 768] },
  ]).flat(),
];

/**
 * Writes a safetensors file of f32, nearly normal (a sum of four uniform numbers) with standard deviation 0.03; from
 * one seed. Layers with `hole` take no disk: all their weights are zero.
 */
export function writeModel(path, layers) {
  const header = {};
  let end = 0;
  for (const { name, shape } of layers) {
    const begin = end;
    end += 4 * count(shape);
    header[name] = { dtype: "F32", shape, data_offsets: [begin, end] };
  }
  const text = JSON.stringify(header);
  const padded = text.padEnd(8 * Math.ceil(text.length / 8));
  const start = 8 + padded.length;
  const file = openSync(path, "w");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  writeSync(file, length);
  writeSync(file, padded);
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (const { name, shape, hole } of layers) {
    if (hole) continue;
    const values = new Float32Array(count(shape));
    for (let k = 0; k < values.length; k++) values[k] = 0.05 * (uniform() + uniform() + uniform() + uniform() - 2);
    writeSync(file, Buffer.from(values.buffer), 0, values.byteLength, start + header[name].data_offsets[0]);
  }
  ftruncateSync(file, start + end);
  closeSync(file);
}

function count(shape) {
  return shape.reduce((product, side) => product * side, 1);
}
