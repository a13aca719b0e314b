import { describe, expect, it } from "vitest";
import { type Outcome, spectraInMemory } from "#eigenscope/analysis/index.js";

const degenerate = (key: string): Outcome => ({ key, kind: "degenerate", reason: "all equal" });
const values = (key: string, size = 1): Outcome => ({ key, kind: "values", values: new Float64Array(size) });

describe("outcomes in memory", () => {
  it("come back by their key, and nothing comes for another key", async () => {
    const store = spectraInMemory();
    await store.put(degenerate("a"));
    expect(await store.get("a")).toEqual(degenerate("a"));
    expect(await store.get("b")).toBeUndefined();
  });

  it("count as reused only when an earlier model had put them, and only spectra do", async () => {
    const store = spectraInMemory();
    store.nextModel();
    await store.put(degenerate("a"));
    await store.put(values("v"));
    await store.get("a");
    expect(store.reused).toBe(0);
    store.nextModel();
    await store.get("a");
    await store.get("v");
    await store.get("absent");
    expect(store.reused).toBe(1);
    store.nextModel();
    expect(store.reused).toBe(0);
    await store.get("a");
    expect(store.reused).toBe(1);
  });

  it("are forgotten where there is no room, those first that were not used for the longest time", async () => {
    // 1000 numbers take 8000 bytes and a little more: two fit, three do not.
    const store = spectraInMemory({ maxBytes: 20_000 });
    await store.put(values("a", 1000));
    await store.put(values("b", 1000));
    await store.get("a");
    await store.put(values("c", 1000));
    expect(await store.get("b")).toBeUndefined();
    expect(await store.get("a")).toBeDefined();
    expect(await store.get("c")).toBeDefined();
  });

  it("of one key take their room once, and one that is larger than all the room is not kept", async () => {
    const store = spectraInMemory({ maxBytes: 20_000 });
    for (let k = 0; k < 5; k++) await store.put(values("a", 1000));
    await store.put(values("b", 1000));
    expect(await store.get("a")).toBeDefined();
    await store.put(values("huge", 10_000));
    expect(await store.get("huge")).toBeUndefined();
    await store.put(values("d", 1000));
    expect(await store.get("d")).toBeDefined();
  });
});
