// Whole models by the command: 3,000 small layers, and a file of GPT-2's shapes.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { interleaved, timedCommand, writeModel } from "../measure.mjs";
import { timesAsFast, timesAsLong } from "./row.mjs";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** @param {import("./row.mjs").Bench} bench */
export async function smallLayers({ turns, quick, folder, peer }) {
  const [count, rows, cols] = [quick ? 30 : 3000, 96, 64];
  const layers = Array.from({ length: count }, (_, k) => [`layers.${k}.weight`, rows, cols]);
  const path = writeModel(join(folder, "small.safetensors"), layers);
  const numpy = await peer("numpy", 1);
  const seconds = await interleaved(
    {
      ours: () => timedCommand(process.execPath, [MAIN, "analyze", path]),
      ...(numpy && { peer: () => numpy.seconds("svd", count, rows, cols) }),
    },
    turns,
  );
  const [ours, theirs] = [seconds.ours.processor, seconds.peer?.processor ?? null];
  const row = `\`analyze\` of ${count.toLocaleString("en")} layers of ${rows} x ${cols}`;
  const beside = "numpy's SVDs alone, one thread";
  return [{ row, unit: "s CPU", ours, peer: theirs, beside, ratio: timesAsLong(ours, theirs), wanted: "<= 4" }];
}

/** GPT-2's matrices: the embeddings first, then four per block. */
function gpt2({ width, blocks, vocabulary, positions }) {
  const block = Array.from({ length: blocks }, (_, k) => [
    [`h.${k}.attn.c_attn.weight`, width, 3 * width],
    [`h.${k}.attn.c_proj.weight`, width, width],
    [`h.${k}.mlp.c_fc.weight`, width, 4 * width],
    [`h.${k}.mlp.c_proj.weight`, 4 * width, width],
  ]).flat();
  return [["wte.weight", vocabulary, width], ["wpe.weight", positions, width], ...block];
}

/** @param {import("./row.mjs").Bench} bench */
export async function gpt2File({ turns, quick, folder, peer }) {
  const layers = gpt2(
    quick
      ? { width: 48, blocks: 2, vocabulary: 500, positions: 100 }
      : { width: 768, blocks: 12, vocabulary: 50_257, positions: 1024 },
  );
  const path = writeModel(join(folder, "gpt2.safetensors"), layers);
  const numpy = await peer("numpy", availableParallelism());
  const others = layers.filter(([name]) => name !== "wte.weight").map(([, rows, cols]) => `${rows}x${cols}`);
  const seconds = await interleaved(
    {
      ours: () => timedCommand(process.execPath, [MAIN, "analyze", path]),
      ...(numpy && { peer: () => numpy.seconds("svds", ...others) }),
    },
    turns,
  );
  const [ours, theirs] = [seconds.ours, seconds.peer ?? null];
  return [
    {
      row: "`analyze` of a GPT-2-shaped file",
      unit: "s",
      ours: ours.wall,
      peer: theirs?.wall ?? null,
      beside: "numpy's SVDs without the embedding, all threads",
      ratio: timesAsFast(ours.wall, theirs?.wall ?? null),
      processorRatio: timesAsFast(ours.processor, theirs?.processor ?? null),
      wanted: ">= 3",
    },
  ];
}
