import type { EngineRates, Rates } from "./rates.js";

/**
 * What `doctor --calibrate` measured on AMD EPYC, 2 cores, on 2026-11-30.
 * Written by scripts/write-rate-table.mjs.
 */
const MEASURED = {
  start: 0.626,
  model: 0.00687,
  file: 0,
  readBytesPerSecond: 3760000000,
  crowding: {
    lanes: 1,
    factor: 1,
  },
  engines: {
    wasm: {
      target: null,
      gaussian: 0.0374,
      worker: 0.454,
      layer: 0.00185,
      points: {
        f64: [
          {
            M: 16,
            matrix: 1e-9,
            row: 0.00000213,
          },
          {
            M: 64,
            matrix: 0.000873,
            row: 0.00000307,
          },
          {
            M: 128,
            matrix: 0.00322,
            row: 0.0000084,
          },
          {
            M: 256,
            matrix: 0.0147,
            row: 0.0000084,
          },
          {
            M: 512,
            matrix: 0.0256,
            row: 0.0000287,
          },
          {
            M: 1020,
            matrix: 0.149,
            row: 0.0000767,
          },
          {
            M: 2050,
            matrix: 0.608,
            row: 0.000307,
          },
        ],
        mixed: [
          {
            M: 16,
            matrix: 1e-9,
            row: 0.00000213,
          },
          {
            M: 64,
            matrix: 0.000873,
            row: 0.00000307,
          },
          {
            M: 128,
            matrix: 0.00322,
            row: 0.0000084,
          },
          {
            M: 256,
            matrix: 0.00751,
            row: 0.0000084,
          },
          {
            M: 512,
            matrix: 0.0242,
            row: 0.0000133,
          },
          {
            M: 1020,
            matrix: 0.0942,
            row: 0.0000701,
          },
          {
            M: 2050,
            matrix: 0.327,
            row: 0.00028,
          },
        ],
        f32: [
          {
            M: 16,
            matrix: 1e-9,
            row: 0.00000213,
          },
          {
            M: 64,
            matrix: 0.000873,
            row: 0.00000307,
          },
          {
            M: 128,
            matrix: 0.00322,
            row: 0.0000084,
          },
          {
            M: 256,
            matrix: 0.0142,
            row: 0.0000084,
          },
          {
            M: 512,
            matrix: 0.022,
            row: 0.0000112,
          },
          {
            M: 1020,
            matrix: 0.0587,
            row: 0.0000696,
          },
          {
            M: 2050,
            matrix: 0.099,
            row: 0.000278,
          },
        ],
      },
      compile: 0,
    },
    native: {
      target: "avx512",
      gaussian: 0.0177,
      worker: 0.389,
      layer: 0.00264,
      points: {
        f64: [
          {
            M: 16,
            matrix: 1e-9,
            row: 0.00000126,
          },
          {
            M: 64,
            matrix: 0.000679,
            row: 0.00000184,
          },
          {
            M: 128,
            matrix: 0.000679,
            row: 0.0000152,
          },
          {
            M: 256,
            matrix: 0.00589,
            row: 0.0000152,
          },
          {
            M: 512,
            matrix: 0.00918,
            row: 0.0000271,
          },
          {
            M: 1020,
            matrix: 0.0705,
            row: 0.0000382,
          },
          {
            M: 2050,
            matrix: 0.159,
            row: 0.000153,
          },
        ],
        mixed: [
          {
            M: 16,
            matrix: 1e-9,
            row: 0.00000126,
          },
          {
            M: 64,
            matrix: 0.000679,
            row: 0.00000184,
          },
          {
            M: 128,
            matrix: 0.000679,
            row: 0.0000152,
          },
          {
            M: 256,
            matrix: 0.00984,
            row: 0.0000152,
          },
          {
            M: 512,
            matrix: 0.0162,
            row: 0.0000152,
          },
          {
            M: 1020,
            matrix: 0.0526,
            row: 0.0000217,
          },
          {
            M: 2050,
            matrix: 0.209,
            row: 0.0000869,
          },
        ],
        f32: [
          {
            M: 16,
            matrix: 1e-9,
            row: 0.00000126,
          },
          {
            M: 64,
            matrix: 0.000679,
            row: 0.00000184,
          },
          {
            M: 128,
            matrix: 0.000679,
            row: 0.0000152,
          },
          {
            M: 256,
            matrix: 0.0028,
            row: 0.0000152,
          },
          {
            M: 512,
            matrix: 0.011,
            row: 0.0000152,
          },
          {
            M: 1020,
            matrix: 0.0292,
            row: 0.0000246,
          },
          {
            M: 2050,
            matrix: 0.0675,
            row: 0.0000984,
          },
        ],
      },
      compile: 0,
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
