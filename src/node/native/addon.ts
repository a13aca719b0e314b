import { createRequire } from "node:module";
import type { Kernels } from "../../lab/training/kernels/kernels.js";

/** Of native/spectral.h: `SPECTRAL_VERSION`. */
export const INTERFACE_VERSION = 2;

/** What a call of the library returns (native/spectral.h). */
export const STATUS = { ok: 0, stopped: 1, noMemory: 2, diverged: 3 } as const;

/** The memory and state of one matrix after another; freed with the garbage. */
export type Handle = { readonly handle: unique symbol };

type Reals = Float64Array | Float32Array;

/** The functions of native/addon.c. Those without a comment return a status. */
export interface NativeAddon {
  readonly version: number;
  /** The targets that this processor can run; the last is the fastest. */
  readonly targets: readonly string[];
  /** `stop`: while its first word is not 0, calls end at their next step. */
  create(target: number, stop: Int32Array): Handle;
  /** `precision`: 0 f64, 1 mixed, 2 f32. */
  begin(handle: Handle, M: number, precision: number): number;
  beginWide(handle: Handle, N: number, M: number, precision: number, held: number): number;
  beginSingular(handle: Handle, N: number, M: number): number;
  takeRows(handle: Handle, rows: Reals): number;
  takeColumns(handle: Handle, storedRows: Reals, N: number, from: number): number;
  takeWideRows(handle: Handle, storedRows: Reals): number;
  finishGram(handle: Handle): number;
  /** The exponent e: results are those of 2^-e W. */
  exponent(handle: Handle): number;
  eigenvalues(handle: Handle, values: Float64Array): number;
  eigenvectors(handle: Handle, values: Float64Array, vectors: Float64Array): number;
  singularValues(handle: Handle, values: Float64Array): number;
  /** The number of the team, by which other threads help. */
  openTeam(handle: Handle): number;
  closeTeam(handle: Handle): number;
  /** Takes shares until the team is closed, `words[ended]` or `words[recalled]` is set, or this thread must stop. */
  help(team: number, words: Int32Array, ended: number, recalled: number, stop: Int32Array): number;
  /** The lab's kernels for a target (native/lab-addon.c). */
  openLab(target: number): NativeLab;
}

/** The lab's kernels in C. They work on the memory of `setMemory`, and throw a `TypeError` without it. */
export interface NativeLab extends Kernels {
  readonly stripUnits: number;
  /** Returns how many of the first bytes are not used: address 0 lies behind them, at a cache line. */
  setMemory(memory: ArrayBuffer): number;
}

/** Loads a library into this thread. Throws if the file is no addon for this Node. */
export function loadAddon(path: string): NativeAddon {
  return createRequire(import.meta.url)(path) as NativeAddon;
}

/** A handle of a library, and what to do with the status of a call. */
export interface Library {
  readonly addon: NativeAddon;
  readonly handle: Handle;
  readonly check: (status: number) => void;
}
