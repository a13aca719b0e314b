import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openModelOnBase } from "#eigenscope/analysis/merged-model.js";
import { type AnalyzeOptions, resolveOptions } from "#eigenscope/analysis/options.js";
import { callableLayers } from "#eigenscope/analysis/workers/call-layer.js";
import type { Recipe } from "#eigenscope/analysis/workers/recipe.js";
import { sourceOfRecipe } from "#eigenscope/analysis/workers/recipe-source.js";
import { reopenModel, type SharedModel, shareModel } from "#eigenscope/analysis/workers/shared-model.js";
import type { Layer, MatrixSource } from "#eigenscope/layers/index.js";
import { namedFiles } from "#eigenscope/node/open-input.js";
import { openSharedFiles } from "#eigenscope/node/shared-files.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";

/** Seeded normal numbers. */
export function normals(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, normalSampler(createRng(seed)));
}

export async function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

export interface TwiceOpened {
  readonly format: string;
  readonly shared: SharedModel;
  /** As an analysis plans them. */
  readonly layers: readonly Layer[];
  /** The source that a worker makes of a recipe: all that it knows went through structured cloning. */
  remake(recipe: unknown): Promise<MatrixSource>;
  close(): Promise<void>;
}

/** A model as the caller's thread opens it, and again as a worker does. */
export async function openTwice(
  path: string,
  { base, ...asked }: AnalyzeOptions & { readonly base?: string } = {},
): Promise<TwiceOpened> {
  const options = resolveOptions({ minEigenvalues: 1, ...asked });
  const files = await namedFiles(path);
  const onto = base === undefined ? undefined : await namedFiles(base);
  const model = await openModelOnBase({ files, base: onto }, options);
  const shared = (await shareModel({ files, base: onto }, model.dependsOn, options)) as SharedModel;
  const again = await reopenModel(structuredClone(shared), openSharedFiles);
  return {
    format: model.file.format,
    shared,
    layers: callableLayers(model.layers, shared),
    remake: (recipe) => sourceOfRecipe(structuredClone(recipe) as Recipe, async () => again),
    close: async () => void (await Promise.all([model.file.close(), again.close()])),
  };
}

/** All values of a source, bit for bit, and their type; or the error with which it ends. */
export async function bitsOf({ count, rows, cols, blocks }: MatrixSource): Promise<string> {
  const parts: Buffer[] = [];
  const types = new Set<string>();
  try {
    for await (const block of blocks()) {
      types.add(block.constructor.name);
      parts.push(Buffer.from(block.buffer, block.byteOffset, block.byteLength));
    }
  } catch (cause) {
    return String(cause);
  }
  return `${count} x ${rows} x ${cols} ${[...types]} ${Buffer.concat(parts).toString("base64")}`;
}
