import type { Comparison, LayerComparison } from "#eigenscope/analysis/index.js";
import { bytesInMemory, type FileSet } from "#eigenscope/formats/index.js";
import { compare } from "#eigenscope/node/index.js";
import { normalSampler, type Rng } from "#eigenscope/numeric/index.js";
import { orthonormal } from "#eigenscope/rmt/index.js";
import { type StoredPart, safetensorsOfParts } from "../formats/build-safetensors.js";

/** A matrix in f64, rows of `cols` values. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

/** Independent normal entries. */
export function noise(rows: number, cols: number, sigma: number, rng: Rng): Matrix {
  const normal = normalSampler(rng);
  return { rows, cols, values: Float64Array.from({ length: rows * cols }, () => sigma * normal()) };
}

/** sum_k singular_k u_k v_k' with random orthonormal vectors. */
export function lowRank(rows: number, cols: number, singular: readonly number[], rng: Rng): Matrix {
  const values = new Float64Array(rows * cols);
  const [left, right] = [orthonormal(rows, singular.length, rng), orthonormal(cols, singular.length, rng)];
  singular.forEach((s, k) => {
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) values[i * cols + j] += s * left[k][i] * right[k][j];
  });
  return { rows, cols, values };
}

export function plus(...[first, ...others]: readonly Matrix[]): Matrix {
  return {
    ...first,
    values: first.values.map((value, k) => others.reduce((sum, { values }) => sum + values[k], value)),
  };
}

export function scaled({ values, ...sides }: Matrix, factor: number): Matrix {
  return { ...sides, values: values.map((value) => factor * value) };
}

export function transposed({ rows, cols, values }: Matrix): Matrix {
  const turned = Float64Array.from(values, (_, k) => values[(k % rows) * cols + Math.floor(k / rows)]);
  return { rows: cols, cols: rows, values: turned };
}

/** The edge (sqrt(N) + sqrt(M))^2 sigma^2 of a random matrix. */
export function edgeOf({ rows, cols }: Pick<Matrix, "rows" | "cols">, sigma: number): number {
  return sigma ** 2 * (Math.sqrt(rows) + Math.sqrt(cols)) ** 2;
}

type Parts = Readonly<Record<string, StoredPart>>;

const bytesOf = (values: Float32Array | Float64Array | Uint16Array | Int8Array): Uint8Array =>
  new Uint8Array(values.buffer);

/** Ways to store a matrix as the weight "x". */
export const STORED = {
  F32: ({ rows, cols, values }: Matrix): Parts => ({
    "x.weight": { dtype: "F32", shape: [rows, cols], bytes: bytesOf(Float32Array.from(values)) },
  }),
  F64: ({ rows, cols, values }: Matrix): Parts => ({
    "x.weight": { dtype: "F64", shape: [rows, cols], bytes: bytesOf(Float64Array.from(values)) },
  }),
  BF16: ({ rows, cols, values }: Matrix): Parts => {
    const words = new Uint32Array(Float32Array.from(values).buffer);
    // To the nearest, ties away from zero.
    const halves = Uint16Array.from(words, (word) => (word + 0x8000) >>> 16);
    return { "x.weight": { dtype: "BF16", shape: [rows, cols], bytes: bytesOf(halves) } };
  },
  /** Codes with one scale per row. */
  I8: ({ rows, cols, values }: Matrix): Parts => {
    const scales = Float32Array.from({ length: rows }, (_, i) =>
      values.subarray(i * cols, (i + 1) * cols).reduce((most, value) => Math.max(most, Math.abs(value) / 127), 0),
    );
    const codes = Int8Array.from(values, (value, k) => Math.round(value / scales[Math.floor(k / cols)]));
    return {
      "x.weight": { dtype: "I8", shape: [rows, cols], bytes: bytesOf(codes) },
      "x.weight_scale": { dtype: "F32", shape: [rows, 1], bytes: bytesOf(scales) },
    };
  },
} as const;

function model(label: string, parts: Parts): FileSet {
  const bytes = safetensorsOfParts(parts);
  return { label, entry: label, list: async () => [label], open: async () => bytesInMemory(bytes) };
}

/** Two models compared. */
export function comparedModels(a: Parts, b: Parts): Promise<Comparison> {
  return compare(model("a.safetensors", a), model("b.safetensors", b), {});
}

/** The one layer of two models, stored as f32 or as said. */
export async function compared(
  a: Matrix,
  b: Matrix,
  [inA, inB]: readonly [keyof typeof STORED, keyof typeof STORED] = ["F32", "F32"],
): Promise<LayerComparison> {
  return (await comparedModels(STORED[inA](a), STORED[inB](b))).layers[0];
}
