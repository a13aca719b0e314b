import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { signal } from "@preact/signals";
import { parseHTML } from "linkedom";
import { createElement, render } from "preact";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onlyOnChange } from "../../app/components/only-on-change.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
/** Preact calls what it has put off by a promise. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

interface Shown {
  readonly name: string;
  readonly size?: number | undefined;
}

describe("a component that is drawn only on change", () => {
  const count = signal(0);
  let drawn: string[] = [];
  let root: HTMLElement;
  const Line = onlyOnChange(({ name, size }: Shown) => {
    drawn.push(`${name} ${size} ${count.value}`);
    return createElement("p", null, `${name} ${size} ${count.value}`);
  });
  const show = (properties: Shown, parent: Record<string, unknown> = {}): void =>
    render(createElement("div", parent, createElement(Line, properties)), root);

  beforeEach(() => {
    drawn = [];
    count.value = 0;
    const { document } = parseHTML("<main></main>");
    (globalThis as { document?: unknown }).document = document;
    root = document.querySelector("main") as unknown as HTMLElement;
  });
  afterEach(() => {
    render(null, root);
    Reflect.deleteProperty(globalThis, "document");
  });

  it("is drawn again when a property has another value, appears or goes, and not otherwise", () => {
    show({ name: "a", size: 1 });
    show({ name: "a", size: 1 }, { title: "another parent" });
    expect(drawn).toEqual(["a 1 0"]);
    show({ name: "a", size: 2 });
    show({ name: "a" });
    show({ name: "a" });
    show({ name: "b" });
    show({ name: "b", size: 3 });
    expect(drawn).toEqual(["a 1 0", "a 2 0", "a undefined 0", "b undefined 0", "b 3 0"]);
    expect(root.textContent).toBe("b 3 0");
  });

  it("is drawn again when a signal that it reads changes", async () => {
    show({ name: "a", size: 1 });
    count.value = 5;
    await settled();
    expect([drawn, root.textContent]).toEqual([["a 1 0", "a 1 5"], "a 1 5"]);
  });

  it("keeps no tree alive that it was part of: charts of a hundred states would stay in memory", async () => {
    const trees: WeakRef<object>[] = [];
    for (let state = 0; state < 5; state++) {
      const chart = { state };
      trees.push(new WeakRef(chart));
      show({ name: "a", size: 1 }, { onClick: () => chart });
    }
    await settled();
    collectGarbage();
    // The last tree is on the page, and preact may hold the one before.
    expect(trees.slice(0, 3).map((tree) => tree.deref())).toEqual([undefined, undefined, undefined]);
    expect(trees[4].deref()).toEqual({ state: 4 });
    expect(drawn).toHaveLength(1);
  });
});
