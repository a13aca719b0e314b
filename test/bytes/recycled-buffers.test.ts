import { describe, expect, it } from "vitest";
import { giveBack, takeBuffer } from "#eigenscope/bytes/recycled-buffers.js";

const ENOUGH = 64 * 2 ** 10;
const MEBI = 2 ** 20;

/** Whether memory of this length that was marked and given back is still there to be taken; it is taken then. */
const isKept = (length: number): boolean => new Uint8Array(takeBuffer(length))[0] === 7;

function giveMarked(length: number): void {
  giveBack(new Uint8Array(length).fill(7));
}

describe("memory that is given back", () => {
  it("is that of a whole buffer of 64 KiB or more", () => {
    const large = new Float32Array(ENOUGH / 4);
    giveBack(large);
    expect(large.length).toBe(0);
    takeBuffer(ENOUGH);
  });

  it("is not that of a smaller one", () => {
    const small = new Uint8Array(ENOUGH - 1).fill(7);
    giveBack(small);
    expect(small.at(-1)).toBe(7);
    expect(isKept(ENOUGH - 1)).toBe(false);
  });

  it("is not that of a part of a buffer, which others may use", () => {
    const whole = new Uint8Array(ENOUGH + 1).fill(7);
    giveBack(whole.subarray(1));
    giveBack(whole.subarray(0, ENOUGH));
    expect(whole.at(-1)).toBe(7);
  });

  it("is not memory that threads share", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(ENOUGH)).fill(7);
    giveBack(shared);
    expect(shared.at(-1)).toBe(7);
  });

  it("is taken again by who needs as much, once", () => {
    giveMarked(ENOUGH);
    expect([isKept(ENOUGH + 4), isKept(ENOUGH), isKept(ENOUGH)]).toEqual([false, true, false]);
  });

  it("is kept up to 12 MiB, the newest", () => {
    const lengths = [4 * MEBI, 4 * MEBI + 4, 4 * MEBI - 4];
    lengths.forEach(giveMarked);
    giveMarked(ENOUGH);
    expect([...lengths, ENOUGH].map(isKept)).toEqual([false, true, true, true]);
    lengths.forEach(giveMarked);
    expect(lengths.map(isKept)).toEqual([true, true, true]);
  });

  it("is freed at once if it alone is more, and nothing else for it", () => {
    giveMarked(ENOUGH);
    const large = new Uint8Array(12 * MEBI + 1).fill(7);
    giveBack(large);
    expect([large.length, isKept(12 * MEBI + 1), isKept(ENOUGH)]).toEqual([0, false, true]);
    giveMarked(12 * MEBI);
    expect(isKept(12 * MEBI)).toBe(true);
  });
});
