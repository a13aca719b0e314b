import { describe, expect, it } from "vitest";
import { freeBuffer } from "#eigenscope/bytes/free-buffer.js";

const ENOUGH = 64 * 2 ** 10;

describe("memory that is given back", () => {
  it("is that of a whole buffer of 64 KiB or more", () => {
    const large = new Float32Array(ENOUGH / 4);
    freeBuffer(large);
    expect(large.length).toBe(0);
  });

  it("is not that of a smaller one", () => {
    const small = new Uint8Array(ENOUGH - 1).fill(7);
    freeBuffer(small);
    expect(small.at(-1)).toBe(7);
  });

  it("is not that of a part of a buffer, which others may use", () => {
    const whole = new Uint8Array(ENOUGH + 1).fill(7);
    freeBuffer(whole.subarray(1));
    freeBuffer(whole.subarray(0, ENOUGH));
    expect(whole.at(-1)).toBe(7);
  });

  it("is not memory that threads share", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(ENOUGH)).fill(7);
    freeBuffer(shared);
    expect(shared.at(-1)).toBe(7);
  });
});
