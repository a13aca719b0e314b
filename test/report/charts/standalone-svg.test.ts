import { describe, expect, it } from "vitest";
import { standaloneSvg } from "#eigenscope/report/charts/standalone-svg.js";
import { DARK_PALETTE, LIGHT_PALETTE } from "#eigenscope/report/phase-palette.js";

const CHART = '<svg class="chart" viewBox="0 0 2 1"><path fill="var(--ink)"/></svg>';

describe("a chart as a file of its own", () => {
  it("has a name space, the colours of the theme in place of the page's variables, and a ground", () => {
    const light = standaloneSvg(CHART);
    expect(light).toContain('<svg xmlns="http://www.w3.org/2000/svg"');
    expect(light).toContain(`fill="${LIGHT_PALETTE.ink}"`);
    expect(light).toContain(`<rect width="100%" height="100%" fill="${LIGHT_PALETTE.paper}"/>`);
    expect(light).not.toContain("var(");
    expect(standaloneSvg(CHART, "dark")).toContain(`fill="${DARK_PALETTE.ink}"`);
  });

  it("mixes two colours by their shares, as the page does", () => {
    const mix = (share: number): string =>
      standaloneSvg(`<svg ><path fill="color-mix(in srgb, var(--paper) ${share}%, var(--ink))"/></svg>`);
    expect(mix(100)).toContain(`<path fill="${LIGHT_PALETTE.paper}"`);
    expect(mix(0)).toContain(`<path fill="${LIGHT_PALETTE.ink}"`);
    // Half way between #ffffff and #1a2027: (255 + 26) / 2 and so on, rounded up.
    expect([LIGHT_PALETTE.paper, LIGHT_PALETTE.ink]).toEqual(["#ffffff", "#1a2027"]);
    expect(mix(50)).toContain('<path fill="#8d9093"');
  });

  it("refuses a variable that is no colour of the palette", () => {
    expect(() => standaloneSvg('<svg ><path fill="var(--nothing)"/></svg>')).toThrow(/--nothing/);
  });
});
