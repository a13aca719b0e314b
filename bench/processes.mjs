// Processor time and peak memory of commands, as processes of their own. On Linux, with bash.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The command as npm installs it. */
export const COMMAND = fileURLToPath(new URL("../dist/bundle/eigenscope.cjs", import.meta.url));

const AT_EXIT = fileURLToPath(new URL("at-exit.cjs", import.meta.url));

/**
 * Processor time of a process in seconds, user and system. Its output is thrown away. Throws if the process fails.
 * Processor time grows on a busy machine too, because processes take each other's caches: compare with runs in between.
 */
export function processorTime(command, args) {
  // bash knows milliseconds; other shells have hundredths.
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1 || exit 9';
  const { status, stderr } = spawnSync("bash", ["-c", script, "bash", command, ...args], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
  const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return user + system;
}

/**
 * What the command takes: `seconds` of processor time of all threads, `mainSeconds` of the main thread, and `peakBytes`
 * of memory. Throws if it ends with another code than those of `codes`.
 */
export function measureCommand(args, { codes = [0] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-bench-"));
  try {
    const file = join(folder, "measured.json");
    const { status, stderr } = spawnSync(process.execPath, ["-r", AT_EXIT, COMMAND, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, BENCH_MEASURED: file },
    });
    if (!codes.includes(status)) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The middle of some numbers. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
