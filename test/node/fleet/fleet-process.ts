import { type ChildProcess, spawn } from "node:child_process";
import { MAIN } from "../../cli/eigenscope-process.js";

/** A process that tells what it does in lines on stderr. */
export interface FleetProcess {
  readonly child: ChildProcess;
  /** All lines so far. */
  readonly lines: readonly string[];
  /** Resolves when this many lines match, or the process has ended. */
  until(pattern: RegExp, count?: number): Promise<void>;
  /** Resolves to the exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Ends it, and resolves when it has. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Runs the command line, with nothing of this machine's own in its environment. */
export function fleetProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): FleetProcess {
  return told(spawn(process.execPath, [MAIN, "fleet", ...args], { env: ownEnvironment(env), stdio: STDIO }));
}

/** The same by way of bash: `script` has the command line in `"$@"`. */
export function fleetShell(script: string, args: readonly string[]): FleetProcess {
  const command = [process.execPath, MAIN, "fleet", ...args];
  return told(spawn("bash", ["-c", script, "bash", ...command], { env: ownEnvironment(), stdio: STDIO }));
}

/** A script of Node that works on a queue. */
export function fleetScript(script: string, args: readonly string[]): FleetProcess {
  return told(spawn(process.execPath, [script, ...args], { env: ownEnvironment(), stdio: STDIO }));
}

const STDIO = ["ignore", "ignore", "pipe"] as ["ignore", "ignore", "pipe"];

// The bits of the native engine depend on the processor.
function ownEnvironment(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: "/nonexistent", EIGENSCOPE_NATIVE: "off", ...env };
}

/** Follows a process by its lines on stderr. */
export function told(child: ChildProcess): FleetProcess {
  const lines: string[] = [];
  let [rest, look] = ["", (): void => {}];
  let isOver = false;
  const ended = new Promise<number | null>((resolve) =>
    child.once("close", (code) => {
      isOver = true;
      look();
      resolve(code);
    }),
  );
  child.stderr?.setEncoding("utf8").on("data", (data: string) => {
    const parts = (rest + data).split("\n");
    rest = parts.pop() as string;
    lines.push(...parts);
    look();
  });
  return {
    child,
    lines,
    ended,
    until: (pattern, count = 1) =>
      new Promise((resolve) => {
        const before = look;
        look = () => {
          before();
          if (isOver || lines.filter((line) => pattern.test(line)).length >= count) resolve();
        };
        look();
      }),
    end: async (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
}
