import { describe, expect, it } from "vitest";
import { distinctEnds, shortNames } from "#eigenscope/report/view/layer-names.js";

describe("the short names of layers", () => {
  it("lose the parts that all have in common, at both ends", () => {
    expect(shortNames(["net/conv1/kernel", "net/fc/kernel"])).toEqual(["conv1", "fc"]);
    expect(shortNames(["a.b.0.w", "a.b.1.w", "a.c.0.w"])).toEqual(["b.0", "b.1", "c.0"]);
  });

  it("lose whole parts only: conv1 and conv2 keep what they share", () => {
    expect(shortNames(["conv1.weight", "conv2.weight"])).toEqual(["conv1", "conv2"]);
  });

  it("keep at least one part where one name is the beginning of another", () => {
    expect(shortNames(["net.fc", "net.fc.extra"])).toEqual(["fc", "fc.extra"]);
  });

  it("are the whole name where there is only one layer", () => {
    expect(shortNames(["net.fc.weight"])).toEqual(["net.fc.weight"]);
    expect(shortNames([])).toEqual([]);
  });

  it("stay whole where the short ones would be equal", () => {
    // Without the last separator both would be "a".
    expect(shortNames(["x.a/w", "x.a.w"])).toEqual(["x.a/w", "x.a.w"]);
  });

  it("may be equal where the names are", () => {
    expect(shortNames(["n.a.w", "n.a.w", "n.b.w"])).toEqual(["a", "a", "b"]);
    expect(shortNames(["n.a", "n.a"])).toEqual(["a", "a"]);
  });
});

describe("the ends of names in a row", () => {
  it("are as short as they are distinct", () => {
    expect(distinctEnds(["0.attn.q", "0.attn.k", "0.mlp.up"])).toEqual(["q", "k", "up"]);
    expect(distinctEnds(["0.a.w", "0.b.w"])).toEqual(["a.w", "b.w"]);
  });

  it("are whole parts, and the names themselves where nothing shorter is distinct", () => {
    expect(distinctEnds(["conv_1", "conv_2"])).toEqual(["conv_1", "conv_2"]);
    expect(distinctEnds(["a.w", "b.w"])).toEqual(["a.w", "b.w"]);
    expect(distinctEnds(["x.a", "x.a"])).toEqual(["x.a", "x.a"]);
    expect(distinctEnds(["x.y.only"])).toEqual(["only"]);
    expect(distinctEnds([])).toEqual([]);
  });
});
