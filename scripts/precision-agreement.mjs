// The same network in three precisions: node scripts/precision-agreement.mjs (after npm run build and npm run networks)
//
// Compares handtrackjs's float32 weights with its float16 and uint8 ones, layer by layer, and prints the tables of
// docs/validation.md: do phases and alphas agree, and is what differs no more than rounding? By Weyl's inequality no
// singular value moves by more than the largest one of the rounding itself, W_B - W_A; and that is a random matrix,
// whose largest eigenvalue the storage floor (src/spectra/storage-floor.ts) must bound.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compare } from "../dist/node/index.js";
import { storageFloor } from "../dist/spectra/index.js";

const CACHE = fileURLToPath(new URL("../.cache/networks/", import.meta.url));
const NETWORKS = ["handtrack-320", "handtrack-640"];
const PRECISIONS = { fp16: 16, int8: 8 };

const missing = NETWORKS.find((name) => !existsSync(`${CACHE}${name}-base/model.json`));
if (missing !== undefined) throw new Error(`${missing} is not there: npm run networks fetches it`);

const rows = [];
const differing = [];
for (const network of NETWORKS) {
  for (const [precision, bits] of Object.entries(PRECISIONS)) {
    const pair = `${network} ${precision}`;
    const { layers } = await compare(`${CACHE}${network}-base`, `${CACHE}${network}-${precision}`);
    rows.push(rowOf(pair, layers, bits));
    for (const layer of layers) if (layer.phase_a !== layer.phase_b) differing.push({ pair, layer });
  }
}
printTable(rows);
console.log(`\n${differing.length} layers differ in phase${differing.length === 0 ? "" : ":"}`);
for (const { pair, layer } of differing) {
  const { name, phase_a, phase_b, columns, notes } = layer;
  console.log(
    `- ${pair}, ${name}: ${phase_a} -> ${phase_b}, alpha ${alphaText(columns, "a")} -> ` +
      `${alphaText(columns, "b")}; ${notes.join("; ")}`,
  );
}

function rowOf(pair, layers, bits) {
  const valid = layers.filter(({ columns }) => columns.alpha.change !== null);
  const moved = valid.map(({ columns }) => Math.abs(columns.alpha.change));
  const inErrors = valid.map(({ columns }) => Math.abs(columns.alpha.change) / columns.sigma.a);
  const weyl = layers.flatMap(({ columns, difference }) =>
    difference === null
      ? []
      : [columns.sv_max, columns.sv_min].map(({ change }) => Math.abs(change) / difference.sv_max),
  );
  const floors = layers.flatMap((layer) =>
    layer.difference === null ? [] : [layer.difference.lambda_max / floorOf(layer, bits)],
  );
  const phases = layers.map(({ difference }) => difference?.phase ?? null);
  return {
    "": pair,
    "same phase": `${layers.filter(({ phase_a, phase_b }) => phase_a === phase_b).length} of ${layers.length}`,
    "alpha valid in both": valid.length,
    "|change of alpha|: median": quantile(moved, 0.5).toFixed(4),
    "90 %": quantile(moved, 0.9).toFixed(4),
    largest: Math.max(...moved).toFixed(4),
    "in standard errors, largest": Math.max(...inErrors).toFixed(2),
    "change of a singular value / norm of the rounding, largest": Math.max(...weyl).toFixed(2),
    "rounding random-like":
      `${phases.filter((phase) => phase === "random-like").length}, undecided ` +
      `${phases.filter((phase) => phase === null).length}`,
    "its lambda_max / the floor: median": quantile(floors, 0.5).toFixed(2),
    "largest ": Math.max(...floors).toFixed(2),
  };
}

/** The floor of a layer stored with so many bits, from the trace of W'W. */
function floorOf({ columns, N, M, rf, dtype_b }, storedBits) {
  const spectrum = { eigenvalues: Float64Array.of(columns.norm.a), M, Q: N / M, rf };
  return storageFloor(spectrum, { dtype: storedBits === 16 ? "F16" : dtype_b, storedBits });
}

function alphaText({ alpha }, side) {
  return alpha[side] === null ? "n/a" : alpha[side].toFixed(2);
}

function quantile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
}

function printTable(all) {
  const heads = Object.keys(all[0]);
  console.log(`| ${heads.map((head) => head.trim()).join(" | ")} |\n|${heads.map(() => " --- |").join("")}`);
  for (const row of all) console.log(`| ${heads.map((head) => row[head]).join(" | ")} |`);
}
