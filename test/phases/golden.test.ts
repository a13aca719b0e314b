import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRng, deriveSeed } from "#eigenscope/numeric/index.js";
import { drawEnsemble, PHASE_FAMILIES, STORAGES } from "#eigenscope/phases/ensembles/index.js";
import { diagnose } from "#eigenscope/phases/index.js";
import { spectrumOf } from "../spectrum-of.js";

const FILE = new URL("./golden.json", import.meta.url);
const SIZES = { minM: 32, maxM: 96, maxQ: 8, maxEntries: 12_000 };
const STORED = ["F32", "BF16", "uint8-affine"];
const DRAWS = 200;
const SEED = 4711;

function decisions(): (readonly [name: string, phase: string | null, confidence: number])[] {
  return STORED.flatMap((dtype) => {
    const storage = STORAGES.find((stored) => stored.dtype === dtype)!;
    return Array.from({ length: DRAWS }, (_, k) => {
      const family = PHASE_FAMILIES[k % PHASE_FAMILIES.length];
      const { N, M, W } = drawEnsemble(family, SIZES, createRng(deriveSeed(SEED, k)));
      const stored = Float32Array.from(storage.store(Float64Array.from(W)));
      const { phase, confidence } = diagnose(spectrumOf(stored, { N, M }), storage as never).decision;
      return [`${dtype} ${k} ${family.name}`, phase, Number(confidence.toFixed(9))] as const;
    });
  });
}

describe("the decision on 600 seeded draws", () => {
  // A change of a threshold, an error or a statistic shows here; where it is meant, UPDATE_GOLDEN=1 writes the file
  // anew, and the commit says what changed.
  it("is what it was: the same names, confidences within 1e-5", () => {
    const found = decisions();
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(FILE, `${JSON.stringify(found).replaceAll("],[", "],\n[")}\n`);
    const golden = JSON.parse(readFileSync(FILE, "utf8")) as typeof found;
    expect(found.map(([name, phase]) => `${name}: ${phase}`)).toEqual(
      golden.map(([name, phase]) => `${name}: ${phase}`),
    );
    // Eigenvalues agree to 1e-13 between engines; through the scans of the fits a confidence moves by far less than
    // this.
    const moved = found.filter(([, , confidence], k) => Math.abs(confidence - golden[k][2]) > 1e-5);
    expect(moved).toEqual([]);
  });
});
