import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The built command line; tests of it as a process are skipped where there is none. */
export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
export const BUILT = existsSync(MAIN);
if (!BUILT) console.warn("SKIPPED: tests of the command line as a process, because dist/ is not built (npm run build)");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Runs the command line, with nothing of this machine's own in its environment. */
export function eigenscope(args: readonly string[], { cwd, env }: Surroundings = {}): Promise<Ended> {
  return ended(process.execPath, [MAIN, ...args], { cwd, env });
}

/** Runs a script of bash in which `$W` is the command line. */
export function shell(script: string, { cwd, env }: Surroundings = {}): Promise<Ended> {
  return ended("bash", ["-c", script], { cwd, env: { W: `${process.execPath} ${MAIN}`, ...env } });
}

function ended(file: string, args: readonly string[], { cwd, env }: Surroundings): Promise<Ended> {
  // The bits of the native engine depend on the processor.
  const own = { PATH: process.env.PATH, HOME: "/nonexistent", EIGENSCOPE_NATIVE: "off" };
  const options = { cwd, env: { ...own, ...env }, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr });
    });
  });
}
