import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAX_CHARACTERS = 120;

/** Written by programs (the site's build is there after the first run of all tests), or data of other projects. */
const NOT_OURS = new RegExp(
  [
    "node_modules|/generated/|^docs/api/|^site/\\.pages/|^site/\\.vitepress/(?:cache|dist|\\.temp)/",
    "^test/(?:fixtures|goldens)/.*\\.(?:ts|mjs)$|^test/fixtures/cases/",
  ].join("|"),
);

const ROOMS = ["app", "bench", "docs", "examples", "kernels", "native", "python", "schema", "scripts", "site", "src"];

const files = [...ROOMS, "test"]
  .flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: "utf8" }).map((path) => `${folder}/${path}`),
  )
  .concat(readdirSync(ROOT))
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.(?:md|tsx?|mjs|[ch])$|^python\/.*\.py$/.test(path) && !NOT_OURS.test(path));

/** Lines of prose in a Markdown text: tables, code and what holds a long link are none. */
const isProse = (line: string): boolean => !/^\s*\||\]\([^)]{40,}\)|https?:/.test(line);

/**
 * `path:line` of every line of prose, comment or code that is too long. Code has no exceptions: patterns and templates
 * are put together from parts.
 */
function tooLong(path: string, text: string): string[] {
  const markdown = path.endsWith(".md");
  let inCode = false;
  return text.split("\n").flatMap((line, k) => {
    if (markdown && /^\s*```/.test(line)) inCode = !inCode;
    const held = !markdown || (!inCode && isProse(line));
    return held && line.length > MAX_CHARACTERS ? [`${path}:${k + 1}: ${line.length} characters`] : [];
  });
}

describe("prose, comments and code", () => {
  it("have lines of at most 120 characters", () => {
    expect(files.length).toBeGreaterThan(500);
    expect(files.flatMap((path) => tooLong(path, readFileSync(`${ROOT}/${path}`, "utf8")))).toEqual([]);
  });

  const words = (length: number): string => "word ".repeat(length / 5);
  it.each([
    ["a.ts", `// ${words(115)}ab`, 0],
    ["a.ts", `// ${words(115)}abc`, 1],
    ["a.ts", `  /** ${words(115)}*/`, 1],
    ["a.ts", `   * ${words(120)}`, 1],
    ["a.ts", `const text = "${words(100)}1234";`, 0],
    ["a.ts", `const text = "${words(100)}12345";`, 1],
    ["a.mjs", `const pattern = /${words(120)}/;`, 1],
    ["a.py", `# ${words(120)}`, 1],
    ["a.c", `  int ${words(120)};`, 1],
    ["a.ts", `\`\n${words(125)}\n\``, 1],
    ["a.md", words(120), 0],
    ["a.md", `${words(120)}.`, 1],
    ["a.md", `- ${words(120)}`, 1],
    ["a.md", `| ${words(120)} |`, 0],
    ["a.md", `[${words(100)}](https://example.org/)`, 0],
    ["a.md", `\`\`\`\n${words(125)}\n\`\`\``, 0],
    ["a.md", `\`\`\`\n\`\`\`\n${words(125)}`, 1],
  ])("of %s %j: %i too long", (path, text, count) => {
    expect(tooLong(path, text)).toHaveLength(count);
  });
});
