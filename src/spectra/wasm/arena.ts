import type { Values } from "../../formats/tensor.js";
import { MAX_MEMORY_BYTES, MEMORY_REFUSED } from "../past-limit.js";
import type { Build } from "./kernel-builds.js";
import { instantiateKernels, type Kernels, newMemory } from "./kernels.js";
import { createTeam, type Team } from "./team.js";

const PAGE = 65536;
/**
 * Memory beyond this is returned to the system when the next task needs less than a quarter of it. Growing again costs
 * page faults, about 0.1 s per GiB.
 */
const MAX_KEPT_BYTES = 256 * 2 ** 20;

/**
 * The kernels, the linear memory that they work on, and the threads that share it. The memory is laid out anew for each
 * task and grows as needed.
 */
export interface Arena {
  readonly build: Build;
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly team: Team;
  /** First free byte. */
  readonly base: number;
}

export interface ArenaRequest {
  readonly bytes: number;
  readonly build: Build;
  /** What the memory is for, in words. */
  readonly subject: string;
}

/**
 * An arena with `bytes` bytes, reusing the former one if possible. Throws `RangeError` if wasm32 cannot address that
 * much or the host does not have it.
 */
export function openArena({ bytes, build, subject }: ArenaRequest, former?: Arena): Arena {
  const arena = former !== undefined && reusable(former, bytes) ? former : newArena(build);
  const { base, memory } = arena;
  const missing = base + bytes - memory.buffer.byteLength;
  if (base + bytes > MAX_MEMORY_BYTES) {
    throw new RangeError(
      `${subject} needs ${gibibytes(bytes)} GiB, more than the 4 GiB that WebAssembly's 32-bit addresses reach`,
    );
  }
  if (missing > 0) {
    try {
      memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      throw new RangeError(`${subject} needs ${gibibytes(bytes)} GiB, which this machine could not allocate`, {
        cause,
      });
    }
  }
  return arena;
}

function newArena(build: Build): Arena {
  const memory = reserveMemory();
  const kernels = instantiateKernels(build, memory);
  return { build, kernels, memory, team: createTeam({ kernels, memory }), base: atCacheLine(kernels.heapBase()) };
}

function reserveMemory(): WebAssembly.Memory {
  try {
    return newMemory();
  } catch (cause) {
    throw new RangeError(
      `${MEMORY_REFUSED}: V8 reserves 10 GiB of addresses for each, and the address space may be limited (ulimit -v)`,
      {
        cause,
      },
    );
  }
}

/** Copies values to an address. */
export function write({ memory }: Arena, values: Values, address: number): void {
  const view = values instanceof Float32Array ? Float32Array : Float64Array;
  new view(memory.buffer, address, values.length).set(values);
}

/** A view of `length` doubles; valid until the next `openArena`. */
export function doubles({ memory }: Arena, address: number, length: number): Float64Array {
  return new Float64Array(memory.buffer, address, length);
}

/**
 * Bytes that are zeroed in one call: a thread can be ended between two calls, not within one. The first touch of memory
 * is slow: the whole Gram matrix of a 4096 x 4096 matrix (67 MB) took up to 0.6 s of processor time on a busy machine.
 */
const MAX_ZEROED_AT_ONCE = 2 ** 20;

/** Zeroes memory, in pieces. */
export function zero({ memory }: Arena, address: number, bytes: number): void {
  const region = new Uint8Array(memory.buffer, address, bytes);
  for (let from = 0; from < bytes; from += MAX_ZEROED_AT_ONCE) region.fill(0, from, from + MAX_ZEROED_AT_ONCE);
}

/** Regions start at cache lines of 64 bytes. */
function atCacheLine(address: number): number {
  return Math.ceil(address / 64) * 64;
}

function reusable({ memory }: Arena, bytes: number): boolean {
  const held = memory.buffer.byteLength;
  return held <= MAX_KEPT_BYTES || bytes > held / 4;
}

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/** Lays out regions one after the other from `start`, each at a cache line; returns their addresses and the end. */
export function layOut<Name extends string>(
  start: number,
  sizes: Readonly<Record<Name, number>>,
): Record<Name | "end", number> {
  const addresses = {} as Record<Name | "end", number>;
  let end = start;
  for (const name of Object.keys(sizes) as Name[]) {
    addresses[name] = end;
    end += atCacheLine(sizes[name]);
  }
  addresses.end = end;
  return addresses;
}
