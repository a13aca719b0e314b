import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { demo } from "./site-modules.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

it("the site's application has the example's report and weights, and names no path of this machine", async () => {
  if (!existsSync(`${ROOT}dist/cli/main.js`))
    return void console.warn("SKIPPED: the site's demo, because dist/ is not built (npm run build)");
  const app = mkdtempSync(join(tmpdir(), "eigenscope-demo-"));
  try {
    const ids = await demo.makeDemo(app);
    const { models } = JSON.parse(readFileSync(join(app, "demo/demo.json"), "utf8"));
    expect(models.map(({ id }: { id: string }) => id)).toEqual(ids);
    // The real network only where `npm run networks` has fetched it.
    expect(ids).toEqual(existsSync(`${ROOT}.cache/networks/inception-v3`) ? ["digits", "inception-v3"] : ["digits"]);
    const named = models.flatMap(({ report, weights }: { report: string; weights: string | null }) => [
      report,
      ...(weights === null ? [] : [weights]),
    ]);
    expect(readdirSync(join(app, "demo")).sort()).toEqual(["demo.json", ...named].sort());
    const text = readFileSync(join(app, "demo", models[0].report), "utf8");
    expect(text).not.toContain(ROOT);
    expect(JSON.parse(text).layers.map(({ phase }: { phase: string | null }) => phase)).toEqual([
      "bulk-decay",
      "bulk+spikes",
      null,
    ]);
    const weights = readFileSync(join(app, "demo", models[0].weights));
    expect(weights.equals(readFileSync(`${ROOT}examples/digits_b4.safetensors`))).toBe(true);
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
});
