import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { navigation, quotes } from "./site-modules.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, "utf8");
const { cut, quotedRuns, requote } = quotes;

const DOCUMENTS = ["README.md", "site/home.md", ...navigation.PAGES.map(({ source }) => source)].filter(
  (source) => quotedRuns(read(source)).length > 0,
);

describe("a quoted run", () => {
  it("has commands, and options in the line of its fence", () => {
    const block = "```console lines=1-2,5 exit=1 needs=.cache/x\n$ one\nprinted\n$ two\n```\n";
    expect(quotedRuns(`text\n${block}`)).toEqual([
      {
        commands: ["one", "two"],
        needs: ".cache/x",
        exit: 1,
        lines: [
          [1, 2],
          [5, 5],
        ],
      },
    ]);
    expect(quotedRuns("```console\n$ one\n```\n")).toEqual([
      { commands: ["one"], needs: undefined, exit: 0, lines: undefined },
    ]);
  });

  it.each([
    ["all of it", undefined, "a\nb\nc\nd\n"],
    ["its beginning", [[1, 2]], "a\nb\n...\n"],
    ["its end", [[3, 4]], "...\nc\nd\n"],
    [
      "two parts",
      [
        [1, 1],
        [3, 3],
      ],
      "a\n...\nc\n...\n",
    ],
    [
      "neighbouring parts",
      [
        [1, 2],
        [3, 4],
      ],
      "a\nb\nc\nd\n",
    ],
  ] as const)("quotes %s, with dots for what is left out", (_, lines, quoted) => {
    expect(cut("a\nb\nc\nd\n", lines)).toBe(quoted);
  });

  it("is made again with what the command prints, on both streams", () => {
    const { text } = requote("before\n\n```console\n$ echo one; echo two >&2\nold\n```\nafter\n", ROOT);
    expect(text).toBe("before\n\n```console\n$ echo one; echo two >&2\none\ntwo\n```\nafter\n");
  });

  it("keeps the files of the one before it, and those of a run of another document not", () => {
    const both = "```console\n$ echo x > kept\n```\n```console\n$ cat kept\n```\n";
    expect(requote(both, ROOT).text).toContain("$ cat kept\nx\n");
    expect(() => requote("```console\n$ cat kept\n```\n", ROOT)).toThrow(/cat kept ended with 1, not 0/);
  });

  it("must end with the exit code that it names", () => {
    expect(() => requote("```console\n$ exit 3\n```\n", ROOT)).toThrow(/ended with 3, not 0/);
    expect(() => requote("```console exit=1\n$ true\n```\n", ROOT)).toThrow(/ended with 0, not 1/);
    expect(requote("```console exit=3\n$ exit 3\nold\n```\n", ROOT).text).toBe("```console exit=3\n$ exit 3\n```\n");
  });

  it("of a real network is made once for all documents that quote it", () => {
    const block = "```console needs=package.json\n$ echo $$\n```\n";
    expect(requote(block, ROOT).text).toBe(requote(block, ROOT).text);
    const other = "```console\n$ echo $$\n```\n";
    expect(requote(other, ROOT).text).not.toBe(requote(other, ROOT).text);
  });

  it("stays as it is if it needs a file that is not there", () => {
    const block = "```console needs=.cache/no-such-network\n$ false\nold\n```\n";
    expect(requote(block, ROOT)).toEqual({ text: block, skipped: [".cache/no-such-network"] });
  });
});

describe("the documents", () => {
  it("quote runs in the tutorial and in the page about the paper", () => {
    expect(DOCUMENTS).toEqual(expect.arrayContaining(["docs/tutorial.md", "docs/paper.md"]));
  });

  it.each(DOCUMENTS)("%s quotes what the commands print (else: node site/scripts/quote-outputs.mjs)", (document) => {
    if (!existsSync(`${ROOT}dist/cli/main.js`))
      return void console.warn(`SKIPPED: the outputs of ${document}, because dist/ is not built (npm run build)`);
    const before = read(document);
    const { text, skipped } = requote(before, ROOT);
    if (skipped.length > 0) console.warn(`SKIPPED in ${document}: what needs ${skipped.join(", ")} (npm run networks)`);
    expect(text).toBe(before);
  });
});
