import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll } from "vitest";
import { type Ended, MAIN } from "./eigenscope-process.js";

const SCRIPT = fileURLToPath(new URL("./many-commands.mjs", import.meta.url));
/** Ends what a command wrote. No command writes U+0000. */
const MARK = "\u0000end\u0000";

/**
 * Runs commands one after another in one process, each with its own arguments and folder, through the same pipes as a
 * process of its own: a start costs ten times what most commands do. `env` is asked at the first command. For commands
 * that come to their end by themselves and depend on no environment; a signal, a colour, a terminal need a process of
 * their own. The process has to end by itself behind the last: what a command left running would keep it, and the test
 * file would not end.
 */
export function manyCommands(
  env: () => NodeJS.ProcessEnv = () => ({ HOME: "/nonexistent" }),
): (args: readonly string[], cwd?: string) => Promise<Ended> {
  let child: ChildProcess | undefined;
  let before: Promise<unknown> = Promise.resolve();
  const text: [string, string] = ["", ""];
  let wake = (): void => {};

  async function started(): Promise<ChildProcess> {
    const options = { env: { PATH: process.env.PATH, EIGENSCOPE_NATIVE: "off", ...env() }, execArgv: [] };
    const fresh = fork(SCRIPT, [pathToFileURL(MAIN).href], { ...options, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const [k, stream] of [fresh.stdout!, fresh.stderr!].entries()) {
      stream.setEncoding("utf8").on("data", (part) => {
        text[k] += part;
        wake();
      });
    }
    await once(fresh, "message");
    return fresh;
  }

  async function run(args: readonly string[], cwd = process.cwd()): Promise<Ended> {
    child ??= await started();
    text.fill("");
    const answer = new Promise<{ code: number }>((resolve, reject) => {
      child?.once("message", resolve);
      child?.once("exit", (code) =>
        reject(new Error(`ended the process (exit code ${code}): ${args.join(" ")}\n${text[1]}`)),
      );
    });
    child.send({ args, cwd, mark: MARK });
    const { code } = await answer;
    child.removeAllListeners("exit");
    while (!text.every((part) => part.endsWith(MARK))) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const [stdout, stderr] = text.map((part) => part.slice(0, -MARK.length));
    return { code, stdout, stderr };
  }

  afterAll(async () => {
    await before;
    if (child === undefined || child.exitCode !== null) return;
    const exit = once(child, "exit");
    child.disconnect();
    await exit;
  });

  return (args, cwd) => {
    const result = before.then(() => run(args, cwd));
    before = result.catch(() => {});
    return result;
  };
}
