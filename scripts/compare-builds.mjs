// node scripts/compare-builds.mjs OLD NEW FILE...: runs two builds (folders that hold dist/cli/main.js) on the same
// files and lists what differs between their outputs: describe and analyze as JSON, the CSV, exit codes and messages,
// with and without optional measurements, and compare of neighbours in the list. Layers are paired by their names.
// Numbers count as equal within 1e-9 of
// each other; the name of the tool does not count. Ends with exit code 1 if anything else differs.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const [before, after, ...files] = process.argv.slice(2);
const TOLERANCE = 1e-9;
/** Each with what it prints. */
const COMMANDS = [
  (file) => ["describe", file, "--json"],
  (file) => ["analyze", file, "--json", "--no-progress"],
  (file) => ["analyze", file, "--csv", "--no-progress"],
  (file) => [
    "analyze",
    file,
    "--json",
    "--no-progress",
    "--tails",
    "--vectors",
    "--farms",
    "--randomize=2",
    "--weightwatcher",
  ],
];

const differences = new Map();
let compared = 0;
const lists = [
  ...files.flatMap((file) => COMMANDS.map((command) => command(file))),
  ...files.slice(1).map((b, i) => ["compare", files[i], b, "--json"]),
];
for (const args of lists) {
  const [a, b] = [before, after].map((folder) => run(folder, args));
  compared++;
  if (a.status !== b.status) note("exit code", args, `${a.status} -> ${b.status}`);
  if (a.stderr !== b.stderr) note("messages", args, `${a.stderr} -> ${b.stderr}`);
  compare(parsed(a.stdout), parsed(b.stdout), "", args);
}
console.log(`${compared} commands on ${files.length} files; ${differences.size} kinds of difference`);
for (const [kind, { count, example }] of [...differences].sort((x, y) => y[1].count - x[1].count))
  console.log(`${count} x ${kind}; ${example}`);
process.exitCode = differences.size > 0 ? 1 : 0;

function run(folder, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "dist/cli/main.js"), ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  return { status, stdout: renamed(stdout), stderr: renamed(stderr) };
}

/** Of the same length, so that texts wrap alike, the name cannot be: what wraps is compared by its words. */
function renamed(text) {
  return text.replaceAll(/(?:weight|eigen)scope/g, "TOOL");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    const [header, ...rows] = text.trimEnd().split("\n").map(cellsOf);
    return rows.map((row) => Object.fromEntries(header.map((column, k) => [column, row[k]])));
  }
}

/** The cells of a line of CSV; one that holds JSON is read. */
function cellsOf(line) {
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map(([, cell]) => {
    const text = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    return /^[[{]/.test(text) ? JSON.parse(text) : text;
  });
}

/** Rows by their names, each with its number among those of one name: what comes first does not move the others. */
function byName(list) {
  if (list.some((row) => typeof row?.name !== "string")) return list;
  const seen = new Map();
  return Object.fromEntries(
    list.map(({ layer_id: _, ...row }) => {
      const before = seen.get(row.name) ?? 0;
      seen.set(row.name, before + 1);
      return [`${row.name} ${before}`, row];
    }),
  );
}

function compare(a, b, path, args) {
  if (typeof a === "object" && typeof b === "object" && a !== null && b !== null) {
    if (Array.isArray(a) && Array.isArray(b)) {
      const [rows, others] = [byName(a), byName(b)];
      for (const key of new Set([...Object.keys(rows), ...Object.keys(others)]))
        compare(rows[key], others[key], `${path}[]`, args);
      return;
    }
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    if (Object.keys(a).join() !== Object.keys(b).join())
      note(`keys of ${path || "the report"}`, args, `${Object.keys(a)} -> ${Object.keys(b)}`);
    for (const key of keys) compare(a[key], b[key], path === "" ? key : `${path}.${key}`, args);
    return;
  }
  if (a === b || (isNumber(a) && isNumber(b) && Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b))))
    return;
  note(path, args, `${JSON.stringify(a)} -> ${JSON.stringify(b)}`);
}

function isNumber(value) {
  return typeof value === "number" || (typeof value === "string" && value !== "" && Number.isFinite(Number(value)));
}

function note(kind, args, what) {
  const known = differences.get(kind) ?? {
    count: 0,
    example: `${args.join(" ")}: ${what.replaceAll("\n", "\\n").slice(0, 300)}`,
  };
  known.count++;
  differences.set(kind, known);
}
