import { renderToString } from "preact-render-to-string";
import { describe, expect, it } from "vitest";
import type { Finding } from "#eigenscope/analysis/index.js";
import { rankingSentence } from "#eigenscope/report/view/ranking.js";
import { AttentionList, Headline, worthALook } from "#eigenscope/report/view/sections.js";
import { reportLayers, type ViewLayer } from "#eigenscope/report/view/view-layer.js";
import { layerRecord } from "../example-report.js";

const finding = (layer: string, overrides: Partial<Finding> = {}): Finding => ({
  layer,
  name: layer,
  kind: "alpha-below-2",
  severity: "warning",
  certainty: 0.97,
  what: "It is so.",
  advice: "Look at it.",
  ...overrides,
});
const layers = (findings: readonly Finding[], count = findings.length): ViewLayer[] =>
  reportLayers({ layers: Array.from({ length: count }, (_, k) => layerRecord({ name: `l${k}` })), findings });

describe("the layers worth a look", () => {
  it("are those with an error or a warning: errors first, then the surest", () => {
    const found = layers([
      finding("l0", { severity: "note" }),
      finding("l1", { certainty: 0.96 }),
      finding("l2", { certainty: 0.99 }),
      finding("l3", { severity: "error", certainty: null }),
    ]);
    expect(worthALook(found).map(({ index }) => index)).toEqual([3, 2, 1]);
  });

  it("are listed up to six, and the others are counted", () => {
    const page = (count: number): string => {
      const found = layers(Array.from({ length: count }, (_, k) => finding(`l${k}`)));
      return renderToString(<AttentionList layers={found} href={({ index }) => `#${index}`} />);
    };
    expect(page(6).match(/<li>/g)).toHaveLength(6);
    expect(page(6)).not.toContain("in the table below");
    expect(page(8).match(/<li>/g)).toHaveLength(6);
    expect(page(8)).toContain("2 more layers in the table below.");
    expect(page(1)).toContain("(97 % sure)");
  });
});

describe("the headline", () => {
  const page = (headline: string, pending: number): string => renderToString(<Headline {...{ headline, pending }} />);

  it("has its first sentence as heading, and the others below", () => {
    expect(page("No layer needs a look. 2 of 3 look trained.", 0)).toMatch(/<h1>No layer needs a look\.<\/h1>.*2 of 3/);
  });

  it("begins with So far while layers are to come", () => {
    expect(page("No layer needs a look.", 1)).toMatch(/<h1>So far: no layer needs a look\.<\/h1>.*1 layer is still/);
    expect(page("No layer needs a look.", 0)).not.toContain("So far");
  });
});

describe("the sentence of a ranking", () => {
  const group = (name: string, ...models: string[]) => ({ group: name, meaning: "", models }) as never;

  it("names the best group there is, who went too far, and who has hardly begun", () => {
    expect(
      rankingSentence({ groups: [group("usual", "a", "b"), group("too-far", "c"), group("hardly-begun", "d", "e")] }),
    ).toBe("Look first at a, b. c has gone too far. d, e have hardly begun.");
    expect(rankingSentence({ groups: [group("structure", "a"), group("border", "b")] })).toBe("Look first at a.");
    expect(rankingSentence({ groups: [group("border", "b")] })).toBe("Look first at b.");
    expect(rankingSentence({ groups: [group("too-far", "a", "b", "c", "d")] })).toBe(
      "No model is in the usual range. a, b, c and 1 more have gone too far.",
    );
  });
});
