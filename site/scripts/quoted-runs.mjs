// Quoted runs of commands in Markdown: a block fenced as `console` whose commands begin with "$ ".
//
//   ```console lines=1-4,9 exit=1 needs=.cache/networks/inception-v3
//   $ eigenscope analyze model.safetensors
//   what it prints
//   ```
//
// `lines` quotes these lines of what is printed, with a line "..." for each gap; `exit` is the exit code that the last
// command must have (0 if not given); `needs` is a file of the project without which the block is left as it is.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const FENCE = /^```console([^\n]*)\n(\$ [\s\S]*?)^```$/gm;

/** The quoted runs of a Markdown text, in order: each with its commands and its options. */
export function quotedRuns(markdown) {
  return [...markdown.matchAll(FENCE)].map(([, info, body]) => ({
    ...optionsOf(info),
    commands: body
      .split("\n")
      .filter((line) => line.startsWith("$ "))
      .map((line) => line.slice(2)),
  }));
}

/**
 * The text with every quoted run made again, in order, in one new folder that holds the project's examples. Blocks
 * whose `needs` is missing stay as they are and are listed in `skipped`. Throws if an exit code is another.
 */
export function requote(markdown, root) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-quotes-"));
  const skipped = [];
  try {
    mkdirSync(join(folder, "bin"));
    cpSync(join(root, "examples"), join(folder, "examples"), { recursive: true });
    if (existsSync(join(root, ".cache"))) symlinkSync(join(root, ".cache"), join(folder, ".cache"));
    const command = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/cli/main.js")}" "$@"\n`;
    writeFileSync(join(folder, "bin/eigenscope"), command, { mode: 0o755 });
    const text = markdown.replace(FENCE, (block, info, body) => {
      const { needs, exit, lines } = optionsOf(info);
      if (needs !== undefined && !existsSync(join(root, needs))) {
        skipped.push(needs);
        return block;
      }
      const commands = body.split("\n").filter((line) => line.startsWith("$ "));
      const printed = commands.map((line, index) => {
        const { output, status } = needs === undefined ? run(line.slice(2), folder) : runOnce(line.slice(2), folder);
        const expected = index === commands.length - 1 ? exit : 0;
        if (status !== expected) throw new Error(`${line} ended with ${status}, not ${expected}:\n${output}`);
        return `${line}\n${cut(output, lines)}`;
      });
      return `\`\`\`console${info}\n${printed.join("")}\`\`\``;
    });
    return { text, skipped };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Only these lines of a text, counted from 1; "..." for what lies between and after them. */
export function cut(text, ranges) {
  if (ranges === undefined) return text;
  const lines = text.replace(/\n$/, "").split("\n");
  const kept = [];
  let next = 1;
  for (const [from, to] of ranges) {
    if (from > next) kept.push("...");
    kept.push(...lines.slice(from - 1, to));
    next = to + 1;
  }
  if (next <= lines.length) kept.push("...");
  return `${kept.join("\n")}\n`;
}

function optionsOf(info) {
  const values = Object.fromEntries(
    info
      .trim()
      .split(/\s+/)
      .filter((word) => word.includes("="))
      .map((word) => word.split("=")),
  );
  return {
    needs: values.needs,
    exit: Number(values.exit ?? 0),
    lines: values.lines?.split(",").map((range) => {
      const [from, to = from] = range.split("-").map(Number);
      return [from, to];
    }),
  };
}

const RUN_BEFORE = new Map();

/** As `run`, for a line that reads a real network and no file of an earlier run: several documents quote the same. */
function runOnce(line, folder) {
  if (!RUN_BEFORE.has(line)) RUN_BEFORE.set(line, run(line, folder));
  return RUN_BEFORE.get(line);
}

/** Runs a line of the shell with `eigenscope` in its path, in a terminal of 80 columns. */
function run(line, folder) {
  const { stdout, stderr, status } = spawnSync(
    "sh",
    ["-c", `{ ${line.replace(/^npx eigenscope/, "eigenscope")}; } 2>&1`],
    {
      cwd: folder,
      encoding: "utf8",
      env: {
        PATH: [join(folder, "bin"), process.env.PATH].join(delimiter),
        HOME: folder,
        COLUMNS: "80",
        // The bits of the native engine depend on the processor.
        EIGENSCOPE_NATIVE: "off",
      },
    },
  );
  return { output: stdout + stderr, status };
}
