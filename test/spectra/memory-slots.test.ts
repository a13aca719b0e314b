import { describe, expect, it } from "vitest";
import { memorySlots, type Slot } from "#eigenscope/spectra/memory-slots.js";

const signal = new AbortController().signal;

/** Requests slots and records who holds one. */
function clients(acquireSlot: ReturnType<typeof memorySlots>) {
  const holders = new Map<string, Slot>();
  return {
    ask: (name: string, bytes: number, stop = signal): Promise<void> =>
      acquireSlot(bytes, stop).then((slot) => {
        holders.set(name, slot);
      }),
    release(name: string): void {
      holders.get(name)?.release();
      holders.delete(name);
    },
    holders: async (): Promise<string[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      return [...holders.keys()];
    },
  };
}

describe("slots for stacks", () => {
  it("are as many as the width, and granted in the order of the requests", async () => {
    const { ask, release, holders } = clients(memorySlots({ width: 2, memory: 100 }));
    for (const name of ["a", "b", "c", "d"]) void ask(name, 1);
    expect(await holders()).toEqual(["a", "b"]);
    release("a");
    expect(await holders()).toEqual(["b", "c"]);
  });

  it("hold no more bytes together than the memory, and no later one goes first", async () => {
    const { ask, release, holders } = clients(memorySlots({ width: 4, memory: 100 }));
    void ask("a", 60);
    void ask("b", 60);
    void ask("c", 10);
    expect(await holders()).toEqual(["a"]);
    release("a");
    expect(await holders()).toEqual(["b", "c"]);
  });

  it("let in one that alone is larger than the memory, by itself", async () => {
    const { ask, release, holders } = clients(memorySlots({ width: 2, memory: 100 }));
    void ask("small", 10);
    void ask("huge", 1000);
    void ask("next", 10);
    expect(await holders()).toEqual(["small"]);
    release("small");
    expect(await holders()).toEqual(["huge"]);
    release("huge");
    expect(await holders()).toEqual(["next"]);
  });

  it("are not waited for by who was aborted, and those behind go on", async () => {
    const { ask, holders } = clients(memorySlots({ width: 3, memory: 100 }));
    const controller = new AbortController();
    void ask("a", 60);
    const given = ask("b", 60, controller.signal);
    void ask("c", 30);
    controller.abort(new Error("no longer"));
    await expect(given).rejects.toThrow("no longer");
    expect(await holders()).toEqual(["a", "c"]);
  });
});
