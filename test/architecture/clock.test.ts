import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const TESTS = fileURLToPath(new URL("..", import.meta.url));

const anyOf = (...patterns: readonly RegExp[]): RegExp => new RegExp(patterns.map(({ source }) => source).join("|"));

/** What lets a test pass or fail by elapsed time, and what to write in its place. */
const CLOCKS = [
  {
    what: "reads the clock",
    pattern: anyOf(
      /\b(?:performance\s*\.\s*now|Date\s*\.\s*now|hrtime|process\s*\.\s*uptime|console\s*\.\s*time)\b/,
      /\bnew\s+Date\s*\(\s*\)/,
    ),
    instead: "Count what is bounded (reads, bytes, steps), or race the work against work that would take longer.",
  },
  {
    what: "reads the processor's time",
    pattern: /\b(?:cpuUsage|userCPUTime|systemCPUTime|cpuMs)\b/,
    instead: "Count what is bounded (reads, bytes, steps).",
  },
  {
    what: "waits for a time",
    pattern: anyOf(
      /\b(?:setTimeout|setInterval|sleep|waitForTimeout)\s*\(/,
      /["'](?:node:)?timers\/promises["']/,
      /AbortSignal\s*\.\s*timeout/,
    ),
    instead: "Wait for the event itself; for the next turn of the event loop use setImmediate.",
  },
  {
    what: "polls with a limit of its own",
    pattern: /\bvi\s*\.\s*waitFor|\bvi\s*\.\s*waitUntil|\bexpect\s*\.\s*poll\b/,
    instead: "Wait for the event itself.",
  },
  {
    what: "has a time limit of its own",
    pattern: /\btimeout\s*:(?!\s*0\b)|\b\w+Timeout\s*\(\s*[1-9]|\}\s*,\s*[1-9][\d_]*\s*\)\s*;\s*$/,
    instead: "Rely on the runner's limit (vitest.config.ts), which only ends a test that hangs.",
  },
] as const;

/** The only files that may, each for its reason. */
const EXCEPTIONS: Readonly<Record<string, { readonly what: readonly string[]; readonly because: string }>> = {
  "architecture/clock.test.ts": { what: CLOCKS.map(({ what }) => what), because: "it names them" },
  "cli/progress-bar.test.ts": { what: ["reads the clock"], because: "its clock is a mock that the test sets" },
};

const sources = readdirSync(TESTS, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.(?:ts|mts|js|mjs)$/.test(path));

/** What a text does that no test may: one line for each place. */
function findings(path: string, text: string): string[] {
  const allowed = EXCEPTIONS[path]?.what ?? [];
  const lines = text.split("\n");
  return CLOCKS.filter(({ what }) => !allowed.includes(what)).flatMap(({ what, pattern, instead }) =>
    lines.flatMap((line, k) =>
      pattern.test(line) ? [`test/${path}:${k + 1} ${what}: ${line.trim()} -> ${instead}`] : [],
    ),
  );
}

describe("the tests", () => {
  it("pass or fail by what the code does, never by how long it takes", () => {
    expect(sources.flatMap((path) => findings(path, readFileSync(`${TESTS}/${path}`, "utf8")))).toEqual([]);
  });

  it("need every exception that is made", () => {
    const idle = Object.entries(EXCEPTIONS).flatMap(([path, { what }]) =>
      what
        .filter((one) => {
          const { pattern } = CLOCKS.find((clock) => clock.what === one)!;
          return !readFileSync(`${TESTS}/${path}`, "utf8")
            .split("\n")
            .some((line) => pattern.test(line));
        })
        .map((one) => `${path}: ${one}`),
    );
    expect(idle).toEqual([]);
  });

  it.each([
    ["const start = performance.now();", "reads the clock"],
    ["const start = Date.now();", "reads the clock"],
    ["const today = new Date();", "reads the clock"],
    ["process.hrtime.bigint()", "reads the clock"],
    ["process.cpuUsage(before).user", "reads the processor's time"],
    ["await new Promise((resolve) => setTimeout(resolve, 20));", "waits for a time"],
    ['import { setTimeout as pause } from "node:timers/promises";', "waits for a time"],
    ["await page.waitForTimeout(500);", "waits for a time"],
    ["AbortSignal.timeout(100)", "waits for a time"],
    ["await vi.waitFor(() => done);", "polls with a limit of its own"],
    ["execFile(node, [main], { timeout: 20_000 })", "has a time limit of its own"],
    ["  }, 120_000);", "has a time limit of its own"],
    ["page.setDefaultTimeout(5000);", "has a time limit of its own"],
  ])("may not say %j", (line, what) => {
    expect(findings("example.test.ts", line)).toContainEqual(
      expect.stringContaining(`test/example.test.ts:1 ${what}: `),
    );
  });

  it.each([
    "{ timeout: 0 }",
    "page.setDefaultTimeout(0);",
    "setImmediate(resolve)",
    "new Date(Date.UTC(2026, 0, 1))",
    "vi.useFakeTimers();",
    "vi.advanceTimersByTime(2000);",
  ])("may say %j", (line) => {
    expect(findings("example.test.ts", line)).toEqual([]);
  });
});
