import { describe, expect, it, vi } from "vitest";
import { LongBlob } from "#eigenscope/browser/long-blob.js";

describe("a long blob", () => {
  it("is the texts that were added, and tells the place of each in bytes", async () => {
    const blob = new LongBlob();
    const texts = ["a", "größe", "", "x".repeat(2 ** 18), "end"];
    const places = [];
    for (const text of texts) places.push(await blob.add(text));
    const whole = blob.end();
    expect(await whole.text()).toBe(texts.join(""));
    expect(await Promise.all(places.map((place) => whole.slice(...place).text()))).toEqual(texts);
    expect(whole.size).toBe(1 + 7 + 2 ** 18 + 3);
  });

  it.each([[[]], [[1]], [[1, { b: "ä" }, null]]])("writes a list as JSON: %j", async (items) => {
    const blob = new LongBlob();
    await blob.addList(items);
    expect(JSON.parse(await blob.end().text())).toEqual(items);
  });

  it("hands each piece to the browser as soon as it has 256 KiB, and not before", async () => {
    const made: number[] = [];
    class CountedBlob extends Blob {
      constructor(parts: BlobPart[] = []) {
        super(parts as never);
        made.push(this.size);
      }
    }
    vi.stubGlobal("Blob", CountedBlob);
    try {
      const blob = new LongBlob();
      await blob.add("x".repeat(2 ** 18 - 1));
      expect(made).toEqual([]);
      await blob.add("y");
      expect(made).toEqual([2 ** 18]);
      await blob.add("z");
      expect(made).toEqual([2 ** 18]);
      expect(blob.end().size).toBe(2 ** 18 + 1);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("lets others have a turn after 8 ms of work, and not before", async () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(100);
    const blob = new LongBlob();
    let turns = 0;
    const add = async (): Promise<number> => {
      setImmediate(() => turns++);
      await blob.add("a");
      return turns;
    };
    now.mockReturnValue(107.9);
    expect(await add()).toBe(0);
    now.mockReturnValue(108);
    expect(await add()).toBeGreaterThan(0);
    const before = turns;
    expect(await add()).toBe(before);
    now.mockRestore();
  });
});
