// npm run bench: what the project promises of its speed, in one table. Each row has our figure, that of its peer in the
// same run, their ratio, the wanted one, and the per cent of what a core does at most (bench/ceilings.mjs).
//
//   node bench/table.mjs [--rounds 5] [--rows TEXT] [--markdown | --json | --into FILE] [--quick]
//
// Contestants run in turn, and medians are compared: on a busy machine only ratios of processor time mean something.
// --rows keeps the groups whose name contains TEXT. --into writes the table to a Markdown file, between the lines
// "<!-- npm run bench -->" and "<!-- end -->". --quick is one round of small sizes: it shows that everything runs, and
// its figures mean nothing.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { findNative, whyNoNative } from "../dist/node/native/find-native.js";
import { allowRelaxedSimd } from "../dist/node/relaxed-simd.js";
import { inFolder, machine } from "./measure.mjs";
import { startPeer } from "./peers.mjs";
import { isMet } from "./rows/row.mjs";

/** In the order of the table. A group measures some rows together: see bench/rows/row.mjs. */
const GROUPS = {
  start: async () => (await import("./rows/start.mjs")).startUp,
  "small layers": async () => (await import("./rows/models.mjs")).smallLayers,
  "gpt-2": async () => (await import("./rows/models.mjs")).gpt2File,
  command: async () => (await import("./rows/matrices.mjs")).oneMatrixByCommand,
  matrices: async () => (await import("./rows/matrices.mjs")).oneMatrixInProcess,
  eigenvectors: async () => (await import("./rows/matrices.mjs")).eigenvectors,
  lab: async () => (await import("./rows/lab.mjs")).trainings,
};

const COLUMNS = [
  "",
  "ours",
  "peer",
  "ratio",
  "wanted",
  "met",
  "ratio of processor times",
  "% of the ceiling",
  "beside",
];

/** The cells of a row, as text. */
export function cellsOf(row) {
  const { unit = "", ours, peer, ratio, wanted, processorRatio, ceiling, beside = "", missing } = row;
  const met = isMet(ratio, wanted);
  return [
    row.row,
    ours === null ? (missing ?? "not here") : quantity(ours, unit),
    peer === null ? "no peer" : quantity(peer, unit),
    ratio === null ? "" : ratio.toFixed(2),
    wanted,
    met === null ? "" : met ? "yes" : "no",
    processorRatio == null ? "" : processorRatio.toFixed(2),
    ceiling == null ? "" : Math.round(ceiling).toString(),
    beside,
  ];
}

/** Three digits, with the unit. */
function quantity(value, unit) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(value)));
  return `${value.toFixed(digits)} ${unit}`.trim();
}

/** The header and all rows as cells of equal width in each column. */
function alignedCells(rows, written = (cell) => cell) {
  const cells = [COLUMNS, ...rows.map(cellsOf)].map((row) => row.map(written));
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column])));
}

/** Text in columns. */
export function plainTable(rows) {
  return alignedCells(rows)
    .map((row) => row.join("  ").trimEnd())
    .join("\n");
}

/** A Markdown table, as the formatter writes it, with its header lines before it. */
export function markdownTable(rows, header) {
  const [head, ...body] = alignedCells(rows, (cell) => cell.replaceAll("|", "\\|"));
  const rule = head.map((cell) => "-".repeat(cell.length));
  const table = [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`);
  return [...header.map((text) => `- ${text}`), "", ...table].join("\n");
}

const [BEGIN, END] = ["<!-- npm run bench -->", "<!-- end -->"];

/** A document with another table. Throws if it has no place for it. */
export function withTable(document, table) {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the file has no lines ${BEGIN} and ${END}`);
  return `${document.slice(0, from + BEGIN.length)}\n\n${table}\n\n${document.slice(to)}`;
}

/** Measures the groups of rows. `header` says on what. */
async function measure({ rounds, quick, groups }) {
  allowRelaxedSimd();
  const search = findNative();
  const peers = new Map();
  const names = [];
  const missing = [];
  const peer = async (module, threads) => {
    const key = `${module} ${threads}`;
    if (!peers.has(key)) {
      const started = await startPeer(module, threads);
      if (started !== undefined) names.push(started.name);
      else if (!missing.includes(module)) missing.push(module);
      peers.set(key, started);
    }
    return peers.get(key);
  };
  const begun = machine();
  const rows = await inFolder(async (folder) => {
    const { openCeilings } = await import("./ceilings.mjs");
    const ceilings = await openCeilings(folder);
    const turns = { rounds, warmups: quick ? 0 : 1 };
    const bench = { turns, quick, folder, peer, ceilings, target: search.library?.target ?? null };
    try {
      const all = [];
      for (const group of groups) {
        process.stderr.write(`${group}...\n`);
        all.push(...(await (await GROUPS[group]())(bench)));
      }
      return all;
    } finally {
      for (const started of peers.values()) started?.end();
      ceilings.end();
    }
  });
  const header = [
    begun,
    `native engine: ${search.library === null ? `none; ${whyNoNative(search)}` : search.library.target}`,
    ...(names.length > 0 ? names.map((name) => `peer: ${name}`) : ["peers: none"]),
    ...missing.map((module) => `no peer: no python3 with ${module}`),
    quick
      ? "one round of small sizes (--quick): these figures mean nothing"
      : `medians of ${rounds} rounds, contestants in turn`,
  ];
  return { header, rows };
}

async function main() {
  const { values: flags } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      rows: { type: "string", default: "" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      into: { type: "string" },
    },
  });
  const rounds = flags.quick ? 1 : Number(flags.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new RangeError(`--rounds ${flags.rounds}: expected 1 or more`);
  const groups = Object.keys(GROUPS).filter((name) => name.includes(flags.rows));
  if (groups.length === 0) throw new RangeError(`--rows ${flags.rows}: there are ${Object.keys(GROUPS).join(", ")}`);
  const { header, rows } = await measure({ rounds, quick: flags.quick, groups });
  if (flags.into !== undefined)
    writeFileSync(flags.into, withTable(readFileSync(flags.into, "utf8"), markdownTable(rows, header)));
  else if (flags.json)
    console.log(JSON.stringify({ header, rows: rows.map((row) => ({ ...row, met: isMet(row.ratio, row.wanted) })) }));
  else console.log(flags.markdown ? markdownTable(rows, header) : [...header, "", plainTable(rows)].join("\n"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
