import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { analyze, describe as describeModel } from "#weightscope/node/index.js";

const CACHE = fileURLToPath(new URL("../../.cache/networks", import.meta.url));

/** Real trained networks (scripts/real-networks.mjs), with what is known of them from their own architecture. */
const NETWORKS = [
  { name: "embeddings-en", layers: 11, types: { embedding: 1 }, tensors: undefined },
  { name: "esrgan-thick-x2", layers: 154, types: { conv2d: 154 }, tensors: 308 },
  { name: "inception-v3", layers: 96, types: { conv2d: 94 }, tensors: undefined },
];

const isThere = (name: string): boolean => existsSync(`${CACHE}/${name}/model.json`);
for (const { name } of NETWORKS) {
  if (!isThere(name)) console.warn(`SKIPPED the real network ${name}: npm run networks fetches it`);
}

describe.each(NETWORKS)("the real network $name", ({ name, layers, types, tensors }) => {
  it.skipIf(!isThere(name))("is read whole: every tensor is a layer or has a reason", async () => {
    const description = await describeModel(`${CACHE}/${name}`);
    expect(description.layers).toHaveLength(layers);
    if (tensors !== undefined) expect(description.tensors).toBe(tensors);
    expect(new Set(description.layers.map((layer) => layer.name)).size).toBe(layers);
    for (const [type, count] of Object.entries(types))
      expect(description.layers.filter((layer) => layer.layer_type === type)).toHaveLength(count);
    for (const { reason } of description.skipped) expect(reason).not.toBe("");
  });

  it.skipIf(!isThere(name))(
    "is analysed to the end, every layer with a spectrum",
    async () => {
      const { summary, layers: rows } = await analyze(`${CACHE}/${name}`).report();
      expect(summary.analysed).toBe(layers);
      expect(summary.failed).toBe(0);
      for (const row of rows) {
        expect(row.lambda_max).toBeGreaterThan(0);
        expect(row.phase !== null || row.phase_reason?.startsWith("Too small")).toBe(true);
      }
    },
    120_000,
  );
});
