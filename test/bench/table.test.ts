import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { BUILT } from "../cli/eigenscope-process.js";

const at = (path: string): string => fileURLToPath(new URL(`../../bench/${path}`, import.meta.url));
const imported = (path: string) => import(pathToFileURL(at(path)).href);

/** A row as bench/rows/row.mjs describes it. */
interface Row {
  readonly row: string;
  readonly ours: number | null;
  readonly peer: number | null;
  readonly ratio: number | null;
  readonly wanted: string;
  readonly met: boolean | null;
  readonly missing?: string;
}

const ROWS = [
  /^`describe` of a tiny file$/,
  /^`analyze` of a tiny file$/,
  /^`analyze` of [\d,]+ layers of 96 x 64$/,
  /^`analyze` of a GPT-2-shaped file$/,
  /^`analyze` of one \d+ x \d+, f64$/,
  /^one (\d+) x \1, f64, WebAssembly$/,
  /^one (\d+) x \1, f64, (native|WebAssembly)/,
  /^one (\d+) x \1, f32, (native|WebAssembly)/,
  /^one (\d+) x \1, f64, WebAssembly$/,
  /^one (\d+) x \1, f32, WebAssembly$/,
  /^eigenvectors \(`--vectors`\) of one /,
  /^MLP 3072-512-512-10, b = \d+, native$/,
  /^MLP 3072-512-512-10, b = \d+, WebAssembly$/,
  /^MiniAlexNet, b = \d+, native$/,
  /^MiniAlexNet, b = \d+, WebAssembly$/,
];

function bench(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [at("table.mjs"), ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

describe.skipIf(!BUILT)("npm run bench", () => {
  it("has a row for everything that is promised, and each is measured or says why not", () => {
    const { status, stdout, stderr } = bench(["--quick", "--json"]);
    expect([status, stderr.split("\n").filter((line) => /error/i.test(line))]).toEqual([0, []]);
    const { header, rows } = JSON.parse(stdout) as { header: string[]; rows: Row[] };
    expect(header[0]).toMatch(/ cores, Node v\d+.*, load [\d.]+ [\d.]+ [\d.]+$/);
    expect(rows.map(({ row }) => row)).toEqual(ROWS.map((pattern) => expect.stringMatching(pattern)));
    for (const { row, ours, peer, ratio, met, wanted, missing } of rows) {
      expect(ours === null ? missing : ours, row).toBeTruthy();
      expect(ours === null || (Number.isFinite(ours) && ours > 0), row).toBe(true);
      expect(ratio === null, `${row}: a ratio needs both`).toBe(ours === null || peer === null);
      if (ratio !== null && ours !== null && peer !== null) expect([ours / peer, peer / ours], row).toContain(ratio);
      expect(met === null, `${row}: what is wanted of a ratio is met or not`).toBe(ratio === null || wanted === "");
    }
  });

  it('prints "no peer", and no ratio, where there is no Python', () => {
    const { status, stdout } = bench(["--quick", "--rows", "eigenvectors"], { PYTHON: "/nowhere/python3" });
    expect(status).toBe(0);
    expect(stdout).toContain("\npeers: none\nno peer: no python3 with numpy\n");
    expect(stdout).toMatch(/\neigenvectors .* s CPU {2}no peer +<= 2 +numpy's eigh/);
  });

  it("refuses rows that it does not have, and rounds that are no number", () => {
    expect(bench(["--rows", "nothing"]).stderr).toContain("--rows nothing: there are start, small layers,");
    expect(bench(["--rounds", "0"]).stderr).toContain("--rounds 0: expected 1 or more");
  });
});

describe.skipIf(!BUILT)("a row of the table", () => {
  it.each([
    [1.8, ">= 1.8", true],
    [1.79, ">= 1.8", false],
    [2, "<= 2.0", true],
    [2.01, "<= 2.0", false],
    [null, "<= 2.0", null],
    [3, "", null],
  ])("with the ratio %s, wanted %s, is met: %s", async (ratio, wanted, met) => {
    expect((await imported("rows/row.mjs")).isMet(ratio, wanted)).toBe(met);
  });

  it("refuses a wanted ratio that is no bound", async () => {
    const { isMet } = await imported("rows/row.mjs");
    expect(() => isMet(1, "fast")).toThrow('wanted "fast"');
  });

  it("counts times as fast and times as long in opposite directions", async () => {
    const { timesAsFast, timesAsLong } = await imported("rows/row.mjs");
    expect([timesAsFast(2, 6), timesAsLong(2, 6), timesAsFast(2, null)]).toEqual([3, 1 / 3, null]);
  });

  it("is at 50 % of the ceiling if it does half of the operations of the loop per second", async () => {
    const { percentOfCeiling } = await imported("rows/row.mjs");
    expect(percentOfCeiling({ operations: 300, seconds: 3 }, { operations: 400, seconds: 2 })).toBe(50);
  });

  it("has its figures with three digits and their units", async () => {
    const { cellsOf } = await imported("table.mjs");
    const row = { row: "x", unit: "s", ours: 0.01234, peer: 1.5, ratio: 121.5559, wanted: ">= 3", ceiling: 81.4 };
    expect(cellsOf(row)).toEqual(["x", "0.0123 s", "1.50 s", "121.56", ">= 3", "yes", "", "81", ""]);
    expect(cellsOf({ ...row, ours: 1234, unit: "images/s" })[1]).toBe("1234 images/s");
    expect(cellsOf({ ...row, ours: null, ratio: null, missing: "no engine" }).slice(1, 6)).toEqual([
      "no engine",
      "1.50 s",
      "",
      ">= 3",
      "",
    ]);
  });

  it("has columns of one width in Markdown, as the formatter wants them", async () => {
    const { markdownTable } = await imported("table.mjs");
    const made: string = markdownTable(
      [
        { row: "a", ours: 1, peer: null, ratio: null, wanted: "" },
        { row: "a | b", ours: 1, peer: 2, ratio: 2, wanted: ">= 2" },
      ],
      ["Node"],
    );
    const [first, blank, head, rule, ...rows] = made.split("\n");
    expect([first, blank]).toEqual(["- Node", ""]);
    expect(head).toMatch(/^\| {8}\| ours \|/);
    expect(rule).toMatch(/^\| -{6} \| -{4} \|/);
    expect(rows[1]).toMatch(/^\| a \\\| b \| 1\.00 \|/);
    expect(new Set([head, rule, ...rows].map(({ length }) => length)).size).toBe(1);
  });

  it("replaces the table of a document between its two lines, and nothing else", async () => {
    const { withTable } = await imported("table.mjs");
    const document = "before\n<!-- npm run bench -->\nold\n<!-- end -->\nafter\n";
    const made = withTable(document, "new");
    expect(made).toBe("before\n<!-- npm run bench -->\n\nnew\n\n<!-- end -->\nafter\n");
    expect(withTable(made, "new")).toBe(made);
    expect(() => withTable("before\n", "new")).toThrow("the file has no lines");
  });

  it("is the median of the rounds after the warm-up, of contestants in turn", async () => {
    const { interleaved } = await imported("measure.mjs");
    const calls: string[] = [];
    const contestant = (name: string, walls: number[]) => () => {
      calls.push(name);
      const wall = walls.shift()!;
      return { wall, processor: 10 * wall };
    };
    const seconds = await interleaved(
      { a: contestant("a", [99, 3, 1, 2]), b: contestant("b", [0, 5, 4, 6]) },
      { rounds: 3 },
    );
    expect(calls.join("")).toBe("abababab");
    expect(seconds).toEqual({ a: { wall: 2, processor: 20 }, b: { wall: 5, processor: 50 } });
  });
});
