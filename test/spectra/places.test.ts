import { describe, expect, it } from "vitest";
import { type Place, places } from "#weightscope/spectra/places.js";

const signal = new AbortController().signal;

/** Asks for a place and tells who has got in. */
function visitors(enter: ReturnType<typeof places>) {
  const inside = new Map<string, Place>();
  return {
    ask: (name: string, bytes: number, stop = signal): Promise<void> =>
      enter(bytes, stop).then((place) => {
        inside.set(name, place);
      }),
    leave(name: string): void {
      inside.get(name)?.leave();
      inside.delete(name);
    },
    inside: async (): Promise<string[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      return [...inside.keys()];
    },
  };
}

describe("places for stacks", () => {
  it("are as many as the width, and given in the order of asking", async () => {
    const { ask, leave, inside } = visitors(places({ width: 2, memory: 100 }));
    for (const name of ["a", "b", "c", "d"]) void ask(name, 1);
    expect(await inside()).toEqual(["a", "b"]);
    leave("a");
    expect(await inside()).toEqual(["b", "c"]);
  });

  it("hold no more bytes together than the memory, and no later one goes first", async () => {
    const { ask, leave, inside } = visitors(places({ width: 4, memory: 100 }));
    void ask("a", 60);
    void ask("b", 60);
    void ask("c", 10);
    expect(await inside()).toEqual(["a"]);
    leave("a");
    expect(await inside()).toEqual(["b", "c"]);
  });

  it("let in one that alone is larger than the memory, by itself", async () => {
    const { ask, leave, inside } = visitors(places({ width: 2, memory: 100 }));
    void ask("small", 10);
    void ask("huge", 1000);
    void ask("next", 10);
    expect(await inside()).toEqual(["small"]);
    leave("small");
    expect(await inside()).toEqual(["huge"]);
    leave("huge");
    expect(await inside()).toEqual(["next"]);
  });

  it("are not waited for by who was aborted, and those behind go on", async () => {
    const { ask, inside } = visitors(places({ width: 3, memory: 100 }));
    const controller = new AbortController();
    void ask("a", 60);
    const given = ask("b", 60, controller.signal);
    void ask("c", 30);
    controller.abort(new Error("no longer"));
    await expect(given).rejects.toThrow("no longer");
    expect(await inside()).toEqual(["a", "c"]);
  });
});
