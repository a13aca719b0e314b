import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveOptions } from "#eigenscope/analysis/options.js";
import type { RunPlan } from "#eigenscope/analysis/store/run-keeper.js";
import { openSource } from "#eigenscope/node/fleet/opened-source.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";

let made: Promise<RunPlan> | undefined;

/** The plan of a small model with two layers, always the same one. */
export function planOf(): Promise<RunPlan> {
  made ??= makePlan();
  return made;
}

async function makePlan(): Promise<RunPlan> {
  const folder = await mkdtemp(join(tmpdir(), "planned-"));
  try {
    const normal = normalSampler(createRng(1));
    const values = Float64Array.from({ length: 24 * 16 }, normal);
    const source = join(folder, "model.safetensors");
    const tensor = { shape: [24, 16], values };
    await writeFile(source, safetensorsWith({ "layers.0.weight": tensor, "layers.1.weight": tensor }));
    const options = { ...resolveOptions({}), engine: "wasm" as const };
    const opened = await openSource({ source }, options);
    try {
      return await opened.planOf(options);
    } finally {
      await opened.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
