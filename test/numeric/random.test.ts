import { describe, expect, it } from "vitest";
import { createRng, normalSampler, shuffleInPlace } from "#eigenscope/numeric/index.js";

const DRAWS = 200_000;

/** Mean of f over seeded draws. */
function average(f: () => number, draws = DRAWS): number {
  let sum = 0;
  for (let i = 0; i < draws; i++) sum += f();
  return sum / draws;
}

describe("createRng", () => {
  it("gives the same numbers for the same seed, others for another", () => {
    const [a, b, c] = [createRng(7), createRng(7), createRng(8)];
    const first = Array.from({ length: 5 }, a);
    expect(Array.from({ length: 5 }, b)).toEqual(first);
    expect(Array.from({ length: 5 }, c)).not.toEqual(first);
  });

  it("keeps its numbers for ever: results are quoted with their seeds", () => {
    const rng = createRng(1);
    expect([rng(), rng(), rng()]).toMatchInlineSnapshot(`
      [
        0.7422124438578482,
        0.06302214180584975,
        0.7951315853996909,
      ]
    `);
  });

  it("is uniform on [0, 1): moments within 5 standard errors, and no serial correlation", () => {
    const rng = createRng(42);
    const five = 5 / Math.sqrt(DRAWS);
    expect(Math.abs(average(rng) - 1 / 2)).toBeLessThan(five * Math.sqrt(1 / 12));
    expect(Math.abs(average(() => rng() ** 2) - 1 / 3)).toBeLessThan(five * Math.sqrt(4 / 45));
    let previous = rng();
    const lagged = average(() => {
      const product = (previous - 0.5) * ((previous = rng()) - 0.5);
      return product;
    });
    expect(Math.abs(lagged)).toBeLessThan(five / 12);
  });

  it("fills the low bits of the 53", () => {
    const rng = createRng(3);
    const odd = average(() => (rng() * 2 ** 53) % 2, 10_000);
    // A fair coin: standard error 0.005.
    expect(Math.abs(odd - 0.5)).toBeLessThan(0.025);
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN])("refuses the seed %d", (seed) => {
    expect(() => createRng(seed)).toThrow(/seed must be an integer/);
  });
});

describe("normalSampler", () => {
  it("has the moments of the standard normal law, within 5 standard errors", () => {
    const normal = normalSampler(createRng(5));
    const five = 5 / Math.sqrt(DRAWS);
    expect(Math.abs(average(normal))).toBeLessThan(five);
    expect(Math.abs(average(() => normal() ** 2) - 1)).toBeLessThan(five * Math.sqrt(2));
    expect(Math.abs(average(() => normal() ** 4) - 3)).toBeLessThan(five * Math.sqrt(96));
    // P(|x| > 3) = 0.0026998
    expect(Math.abs(average(() => (Math.abs(normal()) > 3 ? 1 : 0)) - 0.0026998)).toBeLessThan(five * 0.052);
  });
});

describe("shuffleInPlace", () => {
  it("keeps the values and reaches every order equally often", () => {
    const rng = createRng(9);
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffleInPlace([1, 2, 3], rng).join("");
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(["123", "132", "213", "231", "312", "321"]);
    // 1000 expected each, standard deviation 29.
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });
});
