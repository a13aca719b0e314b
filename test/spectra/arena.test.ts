import { describe, expect, it } from "vitest";
import { openArena, zero } from "#eigenscope/spectra/wasm/arena.js";
import { preferredBuild } from "#eigenscope/spectra/wasm/kernels.js";

describe("the linear memory of the WebAssembly engine", () => {
  it.each([0, 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20 - 1])("is zeroed over %d bytes and nothing beside them", (bytes) => {
    // It is zeroed in pieces of 1 MiB: none, one, whole ones, and a rest.
    const arena = openArena({ bytes: bytes + 2, build: preferredBuild(), subject: "a test" });
    const around = new Uint8Array(arena.memory.buffer, arena.base, bytes + 2).fill(7);
    zero(arena, arena.base + 1, bytes);
    expect([around[0], around[bytes + 1]]).toEqual([7, 7]);
    expect(around.subarray(1, bytes + 1).every((value) => value === 0)).toBe(true);
  });
});
