// node bench/parts.mjs: where the processor time of `analyze` goes, for the three files of `npm run bench` that fall
// short. The parts (reading, the checks of the weights, the engine, what is read off the spectrum) run on their own in
// this one thread, all layers of the file twice. The first time includes V8's compiling, the second does not. What the
// whole command takes beyond the second time is compiling in each thread, garbage, messages and start. Needs the native
// engine (`npm run build` with a C compiler).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureLayer } from "../dist/analysis/index.js";
import { withDegeneracyCheck } from "../dist/analysis/weights-state.js";
import { openWeightFile } from "../dist/formats/index.js";
import { planLayers } from "../dist/layers/index.js";
import { localFiles } from "../dist/node/file-set.js";
import { loadAddon } from "../dist/node/native/addon.js";
import { findNative } from "../dist/node/native/find-native.js";
import { createNativeEngine } from "../dist/node/native/native-engine.js";
import { poolSpectrum } from "../dist/spectra/index.js";
import { GPT2_LAYERS, SMALL_LAYERS, writeModel } from "./model-files.mjs";
import { measureCommand } from "./processes.mjs";

const FILES = {
  "3,000 layers of 96 x 64": SMALL_LAYERS,
  "a GPT-2-shaped file": GPT2_LAYERS,
  "one 2048 x 2048": [{ name: "dense.weight", shape: [2048, 2048] }],
};

const PLAN = { include: [], exclude: [], minEigenvalues: 10, conv: "slices", fused: "split" };

const { library } = findNative();
if (library === null) throw new Error("the native engine is needed: npm run build, with a C compiler");
const engine = createNativeEngine(loadAddon(library.path), library);
const folder = mkdtempSync(join(tmpdir(), "eigenscope-bench-"));
try {
  for (const [name, layers] of Object.entries(FILES)) {
    const path = join(folder, "model.safetensors");
    writeModel(path, layers);
    const [first, second] = [await partsOf(path), await partsOf(path)];
    const { seconds, mainSeconds } = measureCommand(["analyze", path]);
    console.log(`\n${name}: ${seconds.toFixed(2)} s of processor time, ${mainSeconds.toFixed(2)} of the main thread`);
    console.log("part                              first    second   of the command");
    for (const part of Object.keys(first)) print(part, first[part], second[part], seconds);
    const sum = (parts) => Object.values(parts).reduce((total, part) => total + part, 0);
    print("beyond these", seconds - sum(first), seconds - sum(second), seconds);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function print(part, first, second, whole) {
  const share = `${Math.round((100 * second) / whole)} %`;
  console.log(
    `${part.padEnd(30)} ${first.toFixed(2).padStart(6)} s ${second.toFixed(2).padStart(6)} s ${share.padStart(9)}`,
  );
}

/** Seconds of processor time for each part. */
async function partsOf(path) {
  const times = { reading: 0, "checks of the weights": 0, "engine, entries": 0, "fits and phase": 0 };
  const timed = async (part, work) => {
    const begun = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(begun);
    times[part] += (user + system) / 1e6;
    return result;
  };
  const file = await openWeightFile(await localFiles(path));
  try {
    for (const layer of planLayers(file, PLAN).layers) {
      const blocks = await timed("reading", () => all(layer.source.blocks()));
      const given = { ...layer.source, blocks: () => blocks };
      await timed("checks of the weights", () => all(withDegeneracyCheck(given).blocks()));
      const solved = await timed("engine, entries", () => {
        const task = engine.begin(layer.source);
        for (const block of blocks) task.push(block);
        return task.finish();
      });
      await timed("fits and phase", () =>
        measureLayer(layer, poolSpectrum(layer.source, solved, layer.eigenvalueScale)),
      );
    }
  } finally {
    await file.close();
  }
  return times;
}

async function all(blocks) {
  const found = [];
  for await (const block of blocks) found.push(block);
  return found;
}
