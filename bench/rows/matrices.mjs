// One matrix: by the whole command, by the engines in this process, and with eigenvectors, beside numpy.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadAddon } from "../../dist/node/native/addon.js";
import { findNative } from "../../dist/node/native/find-native.js";
import { createNativeEngine } from "../../dist/node/native/native-engine.js";
import { openPool } from "../../dist/node/native/open-pool.js";
import { createWasmEngine } from "../../dist/spectra/index.js";
import { gaussian, interleaved, operations, sourceOf, timed, timedCommand, writeModel } from "../measure.mjs";
import { percentOfCeiling, timesAsFast, timesAsLong } from "./row.mjs";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** @param {import("./row.mjs").Bench} bench */
export async function oneMatrixByCommand({ turns, quick, folder, peer, ceilings, target }) {
  const n = quick ? 128 : 2048;
  const path = writeModel(join(folder, "square.safetensors"), [["square.weight", n, n]]);
  const numpy = await peer("numpy", availableParallelism());
  const loop = await ceilings.of(target ?? "wasm", "f64");
  const seconds = await interleaved(
    {
      ours: () => timedCommand(process.execPath, [MAIN, "analyze", path]),
      ...(loop && { ceiling: loop.run }),
      ...(numpy && { peer: () => numpy.seconds("svd", n, n) }),
    },
    turns,
  );
  return [
    {
      row: `\`analyze\` of one ${n} x ${n}, f64`,
      ...besideSvd(seconds),
      ceiling: percent({ loop, seconds, work: operations(n, n) }),
      wanted: ">= 1.8",
    },
  ];
}

/** The columns of a row that compares wall times with numpy's `svd` with all threads. */
function besideSvd({ ours, peer = null }) {
  return {
    unit: "s",
    ours: ours.wall,
    peer: peer?.wall ?? null,
    beside: "numpy's svd in process, all threads",
    ratio: timesAsFast(ours.wall, peer?.wall ?? null),
    processorRatio: timesAsFast(ours.processor, peer?.processor ?? null),
  };
}

function percent({ loop, seconds, work }) {
  if (loop === undefined) return null;
  const run = { operations: loop.operations, seconds: seconds.ceiling.processor };
  return percentOfCeiling({ operations: work, seconds: seconds.ours.processor }, run);
}

/** By the engine that "auto" takes, and by WebAssembly. */
const IN_PROCESS = [
  { engine: "auto", side: 4096, precision: "f64", wanted: ">= 4.5" },
  { engine: "auto", side: 4096, precision: "f32", wanted: ">= 7.5" },
  { engine: "wasm", side: 2048, precision: "f64", wanted: ">= 1.2" },
  { engine: "wasm", side: 4096, precision: "f64", wanted: ">= 2.1" },
  { engine: "wasm", side: 4096, precision: "f32", wanted: ">= 3.5" },
];

/** Rows of one side, so that numpy runs once per round for all of them. @param {import("./row.mjs").Bench} bench */
export async function oneMatrixInProcess({ turns, quick, peer, ceilings, target }) {
  const numpy = await peer("numpy", availableParallelism());
  const rows = [];
  for (const side of [2048, 4096]) {
    const n = quick ? side / 16 : side;
    const values = gaussian(n * n);
    const cases = IN_PROCESS.filter((one) => one.side === side);
    const pools = new Map();
    for (const engine of new Set(cases.map((one) => one.engine)))
      pools.set(engine, await openPool({ engine, work: Number.POSITIVE_INFINITY }));
    const loops = await Promise.all(
      cases.map(({ engine, precision }) => ceilings.of(engine === "wasm" ? "wasm" : (target ?? "wasm"), precision)),
    );
    const solve = ({ engine, precision }) =>
      timed(() => pools.get(engine).solve(sourceOf(values, { rows: n, cols: n }), undefined, { precision }));
    const seconds = await interleaved(
      {
        ...(numpy && { peer: () => numpy.seconds("svd", n, n) }),
        ...Object.fromEntries(
          cases.flatMap((one, k) => [
            [`ours ${k}`, () => solve(one)],
            ...(loops[k] ? [[`ceiling ${k}`, loops[k].run]] : []),
          ]),
        ),
      },
      turns,
    );
    for (const pool of pools.values()) await pool.close();
    cases.forEach(({ engine, precision, wanted }, k) => {
      const of = { ours: seconds[`ours ${k}`], ceiling: seconds[`ceiling ${k}`], peer: seconds.peer };
      rows.push({
        row: `one ${n} x ${n}, ${precision}, ${engineName(engine, target)}`,
        ...besideSvd(of),
        ceiling: percent({ loop: loops[k], seconds: of, work: operations(n, n) }),
        wanted,
      });
    });
  }
  return rows;
}

/** What "auto" takes for much work. */
function engineName(engine, target) {
  return engine === "wasm" || target === null ? "WebAssembly" : `native (${target})`;
}

/** @param {import("./row.mjs").Bench} bench */
export async function eigenvectors({ turns, quick, peer, target }) {
  const n = quick ? 96 : 1000;
  const values = gaussian(n * n);
  const engine = target === null ? createWasmEngine() : nativeEngine();
  const solve = () =>
    timed(() => {
      const task = engine.beginEigenvectors({ count: 1, rows: n, cols: n }, { side: "columns", onMatrix() {} });
      task.push(values);
      task.finish();
    });
  const numpy = await peer("numpy", 1);
  const seconds = await interleaved({ ours: solve, ...(numpy && { peer: () => numpy.seconds("eigh", n, n) }) }, turns);
  const [ours, theirs] = [seconds.ours.processor, seconds.peer?.processor ?? null];
  return [
    {
      row: `eigenvectors (\`--vectors\`) of one ${n} x ${n}, ${engineName("auto", target)}`,
      unit: "s CPU",
      ours,
      peer: theirs,
      beside: "numpy's eigh of the finished Gram matrix, one thread",
      ratio: timesAsLong(ours, theirs),
      wanted: "<= 2",
    },
  ];
}

function nativeEngine() {
  const { library } = findNative();
  return createNativeEngine(loadAddon(library.path), library);
}
