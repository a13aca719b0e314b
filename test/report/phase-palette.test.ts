import { describe, expect, it } from "vitest";
import { TINT } from "#eigenscope/report/charts/phase-matrix.js";
import { DARK_PALETTE, LIGHT_PALETTE, type Palette, paletteCss } from "#eigenscope/report/phase-palette.js";

type Linear = readonly [number, number, number];

const PHASES = [
  "phase-random-like",
  "phase-bleeding-out",
  "phase-bulk-spikes",
  "phase-bulk-decay",
  "phase-heavy-tailed",
  "phase-rank-collapse",
] as const;

/** sRGB as light: the transfer function of IEC 61966-2-1. */
function linear(colour: string): Linear {
  return [1, 3, 5].map((i) => {
    const value = Number.parseInt(colour.slice(i, i + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Linear;
}

const times = (matrix: readonly Linear[], [r, g, b]: Linear): Linear =>
  matrix.map(([x, y, z]) => x * r + y * g + z * b) as unknown as Linear;

/** Colour blindness of severity 1.0 on linear RGB, [MOF09] table 1. */
const VISIONS: Readonly<Record<string, readonly Linear[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** OKLab of linear sRGB [Ott20]. */
function oklab(rgb: Linear): Linear {
  const lms = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map((value) => Math.cbrt(Math.max(0, value))) as unknown as Linear;
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    lms,
  );
}

function leastDistance(palette: Palette, vision: string): number {
  const seen = PHASES.map((token) => oklab(times(VISIONS[vision], linear(palette[token]))));
  const distances = seen.flatMap((a, i) =>
    seen.slice(i + 1).map((b) => Math.hypot(...a.map((value, k) => value - b[k]))),
  );
  return Math.min(...distances);
}

/** Relative luminance and contrast, WCAG 2.2. */
const luminance = (colour: string): number => times([[0.2126, 0.7152, 0.0722]], linear(colour))[0];
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe("the mathematics of this test", () => {
  it("has the known values: OKLab of white, contrast of black on white, and matrices that keep grey", () => {
    const [lightness, a, b] = oklab([1, 1, 1]);
    // The published matrices have ten digits.
    expect(lightness).toBeCloseTo(1, 6);
    expect(Math.hypot(a, b)).toBeLessThan(1e-6);
    expect(contrast("#000000", "#ffffff")).toBe(21);
    // Six published digits, three of them summed.
    for (const matrix of Object.values(VISIONS))
      for (const value of times(matrix, [0.5, 0.5, 0.5])) expect(Math.abs(value - 0.5)).toBeLessThan(2e-6);
  });

  it("sees that the colours of red and green of equal lightness are one to a deuteranope", () => {
    const [red, green] = ["#c46a5a", "#7f8a4a"].map((colour) => oklab(times(VISIONS.deutan, linear(colour))));
    const [redSeen, greenSeen] = ["#c46a5a", "#7f8a4a"].map((colour) => oklab(linear(colour)));
    const distance = (x: Linear, y: Linear) => Math.hypot(...x.map((value, k) => value - y[k]));
    expect(distance(red, green)).toBeLessThan(0.5 * distance(redSeen, greenSeen));
  });
});

describe.each([
  ["light", LIGHT_PALETTE, 0.1],
  ["dark", DARK_PALETTE, 0.12],
] as const)("the %s palette", (_, palette, least) => {
  it.each(Object.keys(VISIONS))("keeps any two phases apart in OKLab for %s vision", (vision) => {
    expect(leastDistance(palette, vision)).toBeGreaterThanOrEqual(least);
  });

  it("has marks of a contrast of 3:1 or more on paper and on panel", () => {
    for (const token of [...PHASES, "phase-none", "accent"] as const)
      for (const ground of ["paper", "panel"] as const)
        expect(contrast(palette[token], palette[ground]), `${token} on ${ground}`).toBeGreaterThanOrEqual(3);
  });

  it("has text of a contrast of 4.5:1 or more on every ground", () => {
    for (const token of ["ink", "quiet"] as const)
      for (const ground of ["paper", "panel", "sunk"] as const)
        expect(contrast(palette[token], palette[ground]), `${token} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  it("has ink that is readable on the strongest tint of every phase, as in the matrix of two models", () => {
    for (const token of PHASES) {
      const mixed = [1, 3, 5].map((i) => {
        const [over, under] = [palette[token], palette.paper].map((hex) => Number.parseInt(hex.slice(i, i + 2), 16));
        return Math.round(TINT.most * over + (1 - TINT.most) * under)
          .toString(16)
          .padStart(2, "0");
      });
      expect(contrast(palette.ink, `#${mixed.join("")}`), token).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("is written as one variable per token", () => {
    const css = paletteCss(palette);
    expect(css.match(/--[\w-]+: #[0-9a-f]{6};/g)).toHaveLength(Object.keys(palette).length);
    expect(css).toContain(`--phase-rank-collapse: ${palette["phase-rank-collapse"]};`);
  });
});
