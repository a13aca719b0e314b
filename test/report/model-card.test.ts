import { describe, expect, it } from "vitest";
import type { LayerRecord, Report } from "#eigenscope/analysis/report.js";
import { cardCommand } from "#eigenscope/report/card-command.js";
import { renderModelCard } from "#eigenscope/report/index.js";
import { markdownCode, markdownCommand, markdownText } from "#eigenscope/report/markdown-text.js";
import { exampleReport, failedRecord, layerRecord, randomRecord } from "./example-report.js";

const layer = (name: string, overrides: Partial<LayerRecord> = {}): LayerRecord => layerRecord({ name, ...overrides });

const OPTIONS: Report["options"] = { layers: [], seed: 0, engine: "native", conv: "slices" };

/** A report of a file in a folder of this machine. */
function reportOf(layers: readonly LayerRecord[], label = "/home/ada/nets/net.safetensors"): Report {
  const report = exampleReport(layers);
  return { ...report, input: { ...report.input, label }, options: OPTIONS };
}

describe("a model card", () => {
  const report = reportOf([
    layer("a", { alpha: 2.5, alpha_low: 2.2, alpha_high: 2.9, stable_rank: 10 }),
    layer("b", { alpha: 3.5, stable_rank: 20 }),
    layer("c", { alpha: 4.5, stable_rank: 30 }),
    randomRecord({ name: "d", longname: "d", alpha: 1.1, stable_rank: 40 }),
    failedRecord({ name: "e", longname: "e" }),
  ]);
  const card = renderModelCard(report);
  const lines = card.split("\n");

  it("says the answer, the phases, statistics with intervals, what made it, and what it does not say", () => {
    expect(lines[0]).toBe("## Spectra of the weights");
    expect(lines[2]).toMatch(/^.+ Verdict: \*\*[a-z ]+\*\*\.$/);
    expect(card).toContain(
      "| phase | layers |\n| --- | --- |\n| random-like | 1 |\n| heavy-tailed | 3 |\n| failed | 1 |\n",
    );
    // numpy: quantile([2.5, 3.5, 4.5], [0.25, 0.5, 0.75]) = 3, 3.5, 4; of [10, 20, 30, 40]: 17.5, 25, 32.5.
    expect(lines).toContain("| alpha, median | 3.50 | 3 to 4 (middle half) | 3 |");
    expect(lines).toContain("| stable rank, median | 25 | 17.5 to 32.5 (middle half) | 4 |");
    expect(lines).toContain("| alpha, smallest | 2.50 | 2.20 to 2.90 (95 %) | `a` |");
    expect(card).toContain("\n```\neigenscope analyze net.safetensors\n```\n");
    expect(lines.at(-2)).toContain("without data");
  });

  it("is the same for the same report, and has no front matter and no folder of this machine", () => {
    expect(renderModelCard(JSON.parse(JSON.stringify(report)))).toBe(card);
    expect(card).not.toMatch(/^---$/m);
    expect(card).not.toContain("ada");
  });

  it("says where there is no power law, and no finding", () => {
    const plain = renderModelCard({ ...reportOf([randomRecord({ name: "d" })]), findings: [] });
    expect(plain).toContain("| alpha, median | n/a |  | 0 |\n");
    expect(plain).not.toContain("alpha, smallest");
    expect(plain).not.toContain("worth a look | ");
  });

  it.each([10, 11, 12])("lists at most ten of %i findings, and how many more", (count) => {
    const [finding] = report.findings;
    const many = { ...report, findings: Array.from({ length: count }, (_, i) => ({ ...finding, layer: `layer${i}` })) };
    const text = renderModelCard(many);
    expect(text.match(/^\| `layer\d+` \| /gm)).toHaveLength(10);
    expect(/And (\d+) more findings?\./.exec(text)?.[1]).toBe(count > 10 ? String(count - 10) : undefined);
  });

  it.each([
    "](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "`code` | cell |\n| row | two |",
    "\n---\nlicense: mit\n---\n",
    "```\n# heading\n```",
    "# heading\n\n- list",
    "![](https://evil.example/x.png)",
    "https://evil.example www.evil.example @someone #1",
    "&lt;b&gt; \\` $x$ ~~y~~ *z* __w__",
    "\u001b[2J\u202e\u0000\ud800",
  ])("makes no markup of %j", (name) => {
    const finding = { ...report.findings[0], layer: name, name, what: `${name} was found.` };
    const hostile = {
      ...reportOf([layer(name, { alpha: 2 })], `/x/${name}`),
      findings: [finding],
      tool: { name: "eigenscope" as const, version: name },
    };
    const text = renderModelCard({ ...hostile, summary: { ...hostile.summary, headline: `${name} is worth a look.` } });
    const usual = renderModelCard({ ...reportOf([layer("x", { alpha: 2 })]), findings: [{ ...finding, what: "x" }] });
    // The same blocks and as many cells: nothing of the name begins a block, a cell, or ends a span of code.
    const shape = (card: string): string[] =>
      card.split("\n").map((line) => (line.startsWith("|") ? "|".repeat(line.split(/(?<!\\)\|/).length - 1) : ""));
    expect(shape(text)).toEqual(shape(usual));
    expect(text).not.toMatch(/^(?:---|# |- |> )/m);
    expect(text.match(/^```$/gm)).toHaveLength(2);
    const outside = text
      .replace("## Spectra", "")
      .replace(/^```$[\s\S]*?^```$/m, "")
      .replaceAll(/`[^`\n]*`/g, "");
    expect(outside.replace("[eigenscope](https://github.com/eigenscope/eigenscope)", "")).not.toMatch(
      /(?<!\\)[<>[\]#@]|[^\\]:\/\/|www\.|(?<!\\)&/,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe("the command on a card", () => {
  const commandOf = (label: string, options: Report["options"] = {}, base?: string): string => {
    const { input } = exampleReport([]);
    const onto = base === undefined ? {} : { base: { label: base, format: "safetensors", files: [] } };
    return cardCommand({ input: { ...input, label, ...onto }, options });
  };

  it.each([
    ["/home/ada/net.safetensors", "net.safetensors"],
    ["nets/net.safetensors", "net.safetensors"],
    ["../nets/deep/net/", "net"],
    ["C:\\Users\\ada\\net.npz", "net.npz"],
    ["org/model", "org/model"],
    ["org/model@main:unet/", "org/model@main:unet/"],
    ["https://example.org/a/net.npz", "https://example.org/a/net.npz"],
    ["my net's.npz", "'my net'\\''s.npz'"],
  ])("has of %j what others can use: %s", (label, shown) => {
    expect(commandOf(label)).toBe(`eigenscope analyze ${shown}`);
  });

  it("has the options that are not the defaults, and not the engine that happened to be used", () => {
    expect(commandOf("a.npz", { ...OPTIONS, seed: 7, layers: ["*.mlp.*", "x"], strictPickle: true, root: null })).toBe(
      "eigenscope analyze a.npz --layers='*.mlp.*,x' --seed=7 --strict-pickle",
    );
    expect(commandOf("a.npz", { minEigenvalues: 10 })).toBe("eigenscope analyze a.npz");
    expect(commandOf("a.npz", { minEigenvalues: 11, unknown: "; rm" })).toBe(
      "eigenscope analyze a.npz --min-eigenvalues=11",
    );
    expect(commandOf("a.npz", {}, "/home/ada/base")).toBe("eigenscope analyze a.npz --base base");
  });
});

describe("Markdown", () => {
  it("has sentences, names and commands as they are, if they are plain", () => {
    expect(markdownText("2 of 3 layers look trained; alpha is 2.5 (95 %).")).toBe(
      "2 of 3 layers look trained; alpha is 2.5 \\(95 %\\).",
    );
    expect(markdownCode("model.layers.0.q_proj")).toBe("`model.layers.0.q_proj`");
    expect(markdownCommand("eigenscope analyze a.npz")).toBe("```\neigenscope analyze a.npz\n```");
  });

  it("keeps a command on one line", () => {
    expect(markdownCommand("eigenscope analyze 'a\n```\nb'").split("\n")).toHaveLength(3);
  });
});
