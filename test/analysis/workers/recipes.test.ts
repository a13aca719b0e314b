import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differenceSource } from "#eigenscope/analysis/compare/difference-source.js";
import { squareWindows } from "#eigenscope/analysis/extras/aspect-windows.js";
import { shuffleLive } from "#eigenscope/analysis/permuted-null.js";
import { permuted, permutedBy } from "#eigenscope/analysis/permuted-source.js";
import { withDegeneracyCheck } from "#eigenscope/analysis/weights-state.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";
import { bitsOf, normals, openTwice, type TwiceOpened, writeFiles } from "./reopened.js";

let folder: string;
let model: TwiceOpened;
let later: TwiceOpened;

/** Some entries are zero, and whole rows and columns: the live ones are then fewer than all. */
function masked(rows: number, cols: number, seed: number): Float32Array {
  return normals(rows * cols, seed).map((value, at) => {
    const [i, j] = [Math.floor(at / cols), at % cols];
    return i % 5 === 1 || j % 7 === 2 || (i * j) % 3 === 1 ? 0 : value;
  });
}

const tensorsOf = (seed: number) => ({
  "tall.weight": { shape: [60, 20], values: masked(60, 20, seed) },
  "wide.weight": { shape: [20, 60], values: masked(20, 60, seed + 1) },
  "conv.weight": { shape: [12, 8, 2, 2], values: normals(12 * 8 * 4, seed + 2) },
  "equal.weight": { shape: [9, 8], values: new Float32Array(72).fill(0.5) },
  "broken.weight": { shape: [9, 8], values: normals(72, seed + 3).fill(Number.POSITIVE_INFINITY, 7, 9) },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "recipes-"));
  const names = ["a.safetensors", "b.safetensors"];
  await writeFiles(folder, Object.fromEntries(names.map((name, k) => [name, safetensorsWith(tensorsOf(10 * k))])));
  [model, later] = await Promise.all(names.map((name) => openTwice(join(folder, name))));
});
afterAll(async () => {
  await Promise.all([model.close(), later.close()]);
  await rm(folder, { recursive: true, force: true });
});

const SEED = { seed: 2 ** 40 + 17, layer: 3, replicate: 5 };
const live = (source: MatrixSource) => permutedBy(source, SEED, { entries: "live", shuffle: shuffleLive });
const MADE: readonly (readonly [what: string, make: (source: MatrixSource) => MatrixSource])[] = [
  ["with all entries permuted", (source) => permuted(source, SEED)],
  ["with the live entries permuted", live],
  ["cut into windows", squareWindows],
  ["checked", withDegeneracyCheck],
  ["permuted, then cut, then checked", (source) => withDegeneracyCheck(squareWindows(permuted(source, SEED)))],
];

describe("a recipe makes the values of the source that it describes, bit for bit", () => {
  it.each(MADE)("%s", async (_, make) => {
    for (const { name, source } of model.layers) {
      const made = make(source);
      expect(await bitsOf(await model.remake(made.recipe)), name).toBe(await bitsOf(made));
    }
  });

  it("the difference of two models: B - A, checked", async () => {
    const remake = async (recipe: unknown): Promise<MatrixSource> => {
      const { a, b } = (recipe as { of: { a: unknown; b: unknown } }).of;
      return withDegeneracyCheck(differenceSource(await model.remake(a), await later.remake(b)));
    };
    for (const [k, { name, source }] of model.layers.entries()) {
      const made = withDegeneracyCheck(differenceSource(source, later.layers[k].source));
      expect(made.recipe, name).toMatchObject({
        kind: "checked",
        of: { kind: "difference", a: { model: { id: model.shared.id } }, b: { model: { id: later.shared.id } } },
      });
      expect(await bitsOf(await remake(made.recipe)), name).toBe(await bitsOf(made));
    }
  });

  it("with what these models hold: live and other entries, other orders, and the errors of a check", async () => {
    const [tall] = model.layers;
    const bits = await Promise.all([
      ...MADE.slice(0, 2).map(([, make]) => bitsOf(make(tall.source))),
      bitsOf(tall.source),
      bitsOf(permuted(tall.source, { ...SEED, replicate: 6 })),
    ]);
    expect(new Set(bits).size).toBe(4);
    const checked = await Promise.all(model.layers.map(({ source }) => bitsOf(withDegeneracyCheck(source))));
    expect(checked.filter((text) => text.startsWith("DegenerateWeights"))).toEqual([
      "DegenerateWeights: all 72 weights equal 0.5",
      "DegenerateWeights: 2 of 72 weights are not finite (0 NaN, 2 Inf)",
    ]);
  });

  it.each(MADE)("%s: none, if the source has none", (_, make) => {
    const { recipe: __, ...bare } = model.layers[0].source;
    expect("recipe" in make(bare)).toBe(false);
    expect("recipe" in differenceSource(bare, later.layers[0].source)).toBe(false);
    expect("recipe" in differenceSource(later.layers[0].source, bare)).toBe(false);
  });
});
