import type { EngineRates, Rates } from "./rates.js";

/**
 * What `doctor --calibrate` measured on x, 2 cores, on 2026-11-30.
 * Written by scripts/write-rate-table.mjs.
 */
const MEASURED = {
  start: 1.27,
  model: 0.01,
  file: 0.001,
  readBytesPerSecond: 1000000000,
  crowding: {
    lanes: 2,
    factor: 1,
  },
  engines: {
    wasm: {
      target: null,
      worker: 0.4,
      layer: 0.001,
      gaussian: 0.037,
      points: {
        f64: [
          {
            M: 16,
            matrix: 0.000928,
            row: 6.56e-7,
          },
          {
            M: 64,
            matrix: 0.00373,
            row: 0.00000281,
          },
          {
            M: 128,
            matrix: 0.0076,
            row: 0.00000614,
          },
          {
            M: 256,
            matrix: 0.0162,
            row: 0.0000143,
          },
          {
            M: 512,
            matrix: 0.0408,
            row: 0.0000367,
          },
          {
            M: 1020,
            matrix: 0.148,
            row: 0.000106,
          },
          {
            M: 2050,
            matrix: 0.829,
            row: 0.000342,
          },
        ],
        mixed: [
          {
            M: 16,
            matrix: 0.000928,
            row: 6.54e-7,
          },
          {
            M: 64,
            matrix: 0.00373,
            row: 0.00000278,
          },
          {
            M: 128,
            matrix: 0.00757,
            row: 0.000006,
          },
          {
            M: 256,
            matrix: 0.0161,
            row: 0.0000138,
          },
          {
            M: 512,
            matrix: 0.0394,
            row: 0.0000346,
          },
          {
            M: 1020,
            matrix: 0.137,
            row: 0.0000976,
          },
          {
            M: 2050,
            matrix: 0.737,
            row: 0.000308,
          },
        ],
        f32: [
          {
            M: 16,
            matrix: 0.000928,
            row: 6.52e-7,
          },
          {
            M: 64,
            matrix: 0.00373,
            row: 0.00000274,
          },
          {
            M: 128,
            matrix: 0.00755,
            row: 0.00000586,
          },
          {
            M: 256,
            matrix: 0.0159,
            row: 0.0000132,
          },
          {
            M: 512,
            matrix: 0.0377,
            row: 0.0000323,
          },
          {
            M: 1020,
            matrix: 0.124,
            row: 0.0000881,
          },
          {
            M: 2050,
            matrix: 0.634,
            row: 0.000271,
          },
        ],
      },
    },
    native: {
      target: "avx512",
      worker: 0.4,
      layer: 0.001,
      gaussian: 0.0156,
      points: {
        f64: [
          {
            M: 16,
            matrix: 0.000928,
            row: 6.45e-7,
          },
          {
            M: 64,
            matrix: 0.00372,
            row: 0.00000265,
          },
          {
            M: 128,
            matrix: 0.00748,
            row: 0.00000546,
          },
          {
            M: 256,
            matrix: 0.0153,
            row: 0.0000116,
          },
          {
            M: 512,
            matrix: 0.0335,
            row: 0.000026,
          },
          {
            M: 1020,
            matrix: 0.0895,
            row: 0.000063,
          },
          {
            M: 2050,
            matrix: 0.359,
            row: 0.00017,
          },
        ],
        mixed: [
          {
            M: 16,
            matrix: 0.000928,
            row: 6.44e-7,
          },
          {
            M: 64,
            matrix: 0.00372,
            row: 0.00000263,
          },
          {
            M: 128,
            matrix: 0.00747,
            row: 0.00000538,
          },
          {
            M: 256,
            matrix: 0.0152,
            row: 0.0000113,
          },
          {
            M: 512,
            matrix: 0.0326,
            row: 0.0000247,
          },
          {
            M: 1020,
            matrix: 0.0823,
            row: 0.0000577,
          },
          {
            M: 2050,
            matrix: 0.302,
            row: 0.000149,
          },
        ],
        f32: [
          {
            M: 16,
            matrix: 0.000928,
            row: 6.43e-7,
          },
          {
            M: 64,
            matrix: 0.00372,
            row: 0.00000261,
          },
          {
            M: 128,
            matrix: 0.00746,
            row: 0.00000532,
          },
          {
            M: 256,
            matrix: 0.0151,
            row: 0.000011,
          },
          {
            M: 512,
            matrix: 0.0318,
            row: 0.0000236,
          },
          {
            M: 1020,
            matrix: 0.0766,
            row: 0.0000535,
          },
          {
            M: 2050,
            matrix: 0.256,
            row: 0.000132,
          },
        ],
      },
    },
  },
} as const;

/** The reference engine was not measured: it is about ten times slower than WebAssembly in f64. */
const REFERENCE = 10;

function reference({ points, ...rates }: EngineRates): EngineRates {
  const slow = points.f64.map(({ M, matrix, row }) => ({ M, matrix: REFERENCE * matrix, row: REFERENCE * row }));
  return { ...rates, points: { f64: slow, mixed: slow, f32: slow } };
}

/** The speed of one machine, for estimates where this one was not calibrated. */
export const RATE_TABLE: Rates = {
  ...MEASURED,
  engines: { ...MEASURED.engines, reference: reference(MEASURED.engines.wasm) },
};
