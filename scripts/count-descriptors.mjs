// Whether aborts leak file descriptors: aborts an analysis many times, at moments that move from the start of the
// workers into their work, and counts the open descriptors of this process (/proc/self/fd) before and after. Exits with
// 1 where there are more. Linux only.
//
//   node scripts/count-descriptors.mjs [--aborts=200] (after npm run build; for another Node: npx -y node@20
//   scripts/count-descriptors.mjs)

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/**
 * An abort comes this many turns of the event loop after the start: a start of the workers takes some thousands of
 * them.
 */
const TURNS = [0, 1, 10, 100, 1000, 3000, 10_000, 30_000];
/** Aborts before the count: what Node opens once and keeps (its own pools, modules) is then there. */
const WARM_UP = 10;

const { values } = parseArgs({ options: { aborts: { type: "string", default: "200" } } });
const { analyze } = await import("../dist/node/index.js");
const example = fileURLToPath(new URL("../examples/digits_b4.safetensors", import.meta.url));
const descriptors = () => readdirSync("/proc/self/fd").length;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Starts an analysis with optional columns, which start workers of both kinds, and aborts it; resolves to whether it
 * was still under way.
 */
async function abortAfter(turns) {
  const controller = new AbortController();
  const outcome = analyze(example, { signal: controller.signal, weightwatcher: true, bootstrap: 1000, jobs: 2 })
    .report()
    .then(
      () => "done",
      () => "aborted",
    );
  for (let k = 0; k < turns; k++) await turn();
  controller.abort(new Error("aborted by the script"));
  return (await outcome) === "aborted";
}

for (let k = 0; k < WARM_UP; k++) await abortAfter(TURNS[k % TURNS.length]);
const before = descriptors();
let aborted = 0;
const aborts = Number(values.aborts);
for (let k = 0; k < aborts; k++) if (await abortAfter(TURNS[k % TURNS.length])) aborted++;
const after = descriptors();
console.log(
  `Node ${process.version}: ${before} descriptors before, ${after} after ${aborts} aborts (${aborted} ` +
    "met an analysis under way)",
);
process.exitCode = after > before ? 1 : 0;
