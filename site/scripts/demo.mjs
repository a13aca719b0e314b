// What the application of the site shows without a file: results of real networks, made anew at each build.
//   demo/demo.json     {"models": [{"id", "label", "report", "weights"}]}; paths are relative to it
//   demo/<id>.json     the JSON report, as `eigenscope analyze --json` writes it
//   demo/*.safetensors the example's weights, which the page can analyse by itself
// Networks that `npm run networks` has not fetched are left out.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT } from "../navigation.mjs";

const MODELS = [
  {
    id: "digits",
    label: "Example: a small perceptron, trained on digits",
    path: "examples/digits_b4.safetensors",
    withWeights: true,
  },
  {
    id: "inception-v3",
    label: "InceptionV3, as nsfwjs retrained it (8 bits)",
    path: ".cache/networks/inception-v3",
    withWeights: false,
  },
];

/** Writes the folder demo/ into a copy of the application. Returns the ids of what is in it. Needs a built package. */
export async function makeDemo(app) {
  const folder = join(app, "demo");
  mkdirSync(folder, { recursive: true });
  const models = MODELS.filter(({ path }) => existsSync(join(ROOT, path)));
  for (const { id, path, withWeights } of models) {
    const report = join(folder, `${id}.json`);
    // From the project's root, so that the report names no path of this machine.
    // The embedded engine has the same bits everywhere, and no warning about the native one.
    const args = ["dist/cli/main.js", "analyze", path, "--quiet", "--engine", "wasm", "--json", report];
    execFileSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    if (withWeights) cpSync(join(ROOT, path), join(folder, basename(path)));
  }
  const listed = models.map(({ id, label, path, withWeights }) => ({
    id,
    label,
    report: `${id}.json`,
    weights: withWeights ? basename(path) : null,
  }));
  writeFileSync(join(folder, "demo.json"), `${JSON.stringify({ models: listed }, null, 2)}\n`);
  return models.map(({ id }) => id);
}
