import type { EngineRates, Rates } from "./rates.js";

/**
 * What `doctor --calibrate` measured on AMD EPYC, 2 cores, on 2026-11-30.
 * Written by scripts/write-rate-table.mjs.
 */
const MEASURED = {
  start: 0.603,
  model: 0.00518,
  file: 0.00118,
  readBytesPerSecond: 6470000000,
  crowding: {
    lanes: 2,
    factor: 1.83,
  },
  engines: {
    wasm: {
      target: null,
      gaussian: 0.0262,
      worker: 0.145,
      compile: 0.349,
      layer: 0.00095,
      points: {
        f64: [
          {
            M: 16,
            matrix: 0.000256,
            row: 1.25e-7,
          },
          {
            M: 64,
            matrix: 0.000447,
            row: 0.00000132,
          },
          {
            M: 128,
            matrix: 0.00122,
            row: 0.0000029,
          },
          {
            M: 256,
            matrix: 0.00621,
            row: 0.00000656,
          },
          {
            M: 512,
            matrix: 0.0191,
            row: 0.0000207,
          },
          {
            M: 1020,
            matrix: 0.103,
            row: 0.0000596,
          },
          {
            M: 2050,
            matrix: 0.568,
            row: 0.000239,
          },
        ],
        mixed: [
          {
            M: 16,
            matrix: 0.000256,
            row: 1.25e-7,
          },
          {
            M: 64,
            matrix: 0.000447,
            row: 0.00000132,
          },
          {
            M: 128,
            matrix: 0.00122,
            row: 0.0000029,
          },
          {
            M: 256,
            matrix: 0.00512,
            row: 0.00000454,
          },
          {
            M: 512,
            matrix: 0.0202,
            row: 0.0000125,
          },
          {
            M: 1020,
            matrix: 0.0986,
            row: 0.0000357,
          },
          {
            M: 2050,
            matrix: 0.561,
            row: 0.000143,
          },
        ],
        f32: [
          {
            M: 16,
            matrix: 0.000256,
            row: 1.25e-7,
          },
          {
            M: 64,
            matrix: 0.000447,
            row: 0.00000132,
          },
          {
            M: 128,
            matrix: 0.00122,
            row: 0.0000029,
          },
          {
            M: 256,
            matrix: 0.0043,
            row: 0.00000524,
          },
          {
            M: 512,
            matrix: 0.0166,
            row: 0.000011,
          },
          {
            M: 1020,
            matrix: 0.066,
            row: 0.0000359,
          },
          {
            M: 2050,
            matrix: 0.314,
            row: 0.000144,
          },
        ],
      },
    },
    native: {
      target: "avx512",
      gaussian: 0.0132,
      worker: 0.141,
      compile: 0.398,
      layer: 0.00155,
      points: {
        f64: [
          {
            M: 16,
            matrix: 1e-9,
            row: 4.12e-7,
          },
          {
            M: 64,
            matrix: 0.000314,
            row: 8.43e-7,
          },
          {
            M: 128,
            matrix: 0.000314,
            row: 0.00000316,
          },
          {
            M: 256,
            matrix: 0.00288,
            row: 0.00000551,
          },
          {
            M: 512,
            matrix: 0.0114,
            row: 0.0000081,
          },
          {
            M: 1020,
            matrix: 0.0296,
            row: 0.0000315,
          },
          {
            M: 2050,
            matrix: 0.0824,
            row: 0.000126,
          },
        ],
        mixed: [
          {
            M: 16,
            matrix: 1e-9,
            row: 4.12e-7,
          },
          {
            M: 64,
            matrix: 0.000314,
            row: 8.43e-7,
          },
          {
            M: 128,
            matrix: 0.000314,
            row: 0.00000316,
          },
          {
            M: 256,
            matrix: 0.000314,
            row: 0.00000993,
          },
          {
            M: 512,
            matrix: 0.00855,
            row: 0.00000993,
          },
          {
            M: 1020,
            matrix: 0.045,
            row: 0.0000174,
          },
          {
            M: 2050,
            matrix: 0.161,
            row: 0.0000696,
          },
        ],
        f32: [
          {
            M: 16,
            matrix: 1e-9,
            row: 4.12e-7,
          },
          {
            M: 64,
            matrix: 0.000314,
            row: 8.43e-7,
          },
          {
            M: 128,
            matrix: 0.000314,
            row: 0.00000316,
          },
          {
            M: 256,
            matrix: 0.00178,
            row: 0.000007,
          },
          {
            M: 512,
            matrix: 0.00699,
            row: 0.00000774,
          },
          {
            M: 1020,
            matrix: 0.0288,
            row: 0.0000185,
          },
          {
            M: 2050,
            matrix: 0.0776,
            row: 0.0000741,
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
