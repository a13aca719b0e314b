import { describe, expect, it } from "vitest";
import {
  compareAddress,
  layerAddress,
  modelAddress,
  parseRoute,
  rankAddress,
  watchAddress,
} from "../../app/state/address.js";

/** The path of an address, as the page gives it to the parser. */
const parsed = (address: string) => parseRoute(address.replace(/^#\//, ""));

describe("the addresses of the application", () => {
  it("are the start where there is no path", () => {
    expect(parseRoute("")).toEqual({ view: "start" });
  });

  // Ids are paths, addresses and digests: each of the characters that divide an address must pass through.
  it.each(["0f3a", "serve:a/b.safetensors", "https://x.org/m?a=1#b", "a..b", "a,b", "ü 100 %"])(
    "keep the id %s",
    (id) => {
      expect(parsed(modelAddress(id))).toEqual({ view: "model", id });
      expect(parsed(layerAddress(id, 12))).toEqual({ view: "layer", id, layer: 12 });
      expect(parsed(watchAddress(id))).toEqual({ view: "watch", id });
      expect(parsed(compareAddress(id, "other"))).toEqual({ view: "compare", a: id, b: "other" });
      expect(parsed(compareAddress("other", id))).toEqual({ view: "compare", a: "other", b: id });
      expect(parsed(rankAddress([id, "other", id]))).toEqual({ view: "rank", ids: [id, "other", id] });
    },
  );

  it("have no question mark in the path: what follows one is the view's own", () => {
    expect(modelAddress("a?b")).not.toContain("?");
  });

  it.each([
    ["m", "a model without an id"],
    ["m/", "a model with an empty id"],
    ["m/x/-1", "a layer that is no number"],
    ["m/x/1.5", "a layer that is no whole number"],
    ["m/x/", "a layer without a number"],
    ["c/x", "a comparison of one"],
    ["c/x..", "a comparison with nothing"],
    ["c/x..y..z", "a comparison of three"],
    ["r/", "a ranking of nothing"],
    ["r/a,,b", "a ranking with a hole"],
    ["w/", "a training without an id"],
    ["m/%E0%A4%A", "an id that is no text"],
    ["q/x", "a view that there is not"],
  ])("%s is unknown: %s", (path) => {
    expect(parseRoute(path)).toEqual({ view: "unknown", address: path });
  });
});
