import { existsSync } from "node:fs";
import { CommanderError } from "commander";
import { FormatError } from "../bytes/errors.js";
import { OptionError } from "../bytes/option-error.js";
import {
  NativeUnavailable,
  oldVariableWarnings,
  ownVariable,
  WasmUnavailable,
  WebgpuUnavailable,
} from "../node/command.js";
import { printableSentence } from "../report/text-parts.js";
import { asksForErrorJson, errorJson } from "./error-json.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { interruption } from "./interruption.js";
import { stdoutFailed, writeStdout } from "./stdout.js";
import { systemSentence } from "./system-error.js";
import { removeTemporary } from "./temporary.js";
import { useSettings } from "./use-settings.js";
import { wholeProgram } from "./whole-program.js";
import { startWorkersAhead } from "./workers-ahead.js";

/** Signals that end the process at once, with the exit code that a shell gives them. */
const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof SIGNALS;

async function main(args: readonly string[]): Promise<void> {
  const controller = new AbortController();
  for (const signal of Object.keys(SIGNALS) as Signal[]) process.once(signal, () => interrupt(controller, signal));
  process.stdout.on("error", stdoutFailed);
  process.stderr.on("error", () => {});
  for (const warning of oldVariableWarnings(process.env)) process.stderr.write(`eigenscope: ${warning}\n`);
  let settings: string | undefined;
  try {
    // Commands are loaded when they run, so that `--help` is fast.
    const program = wholeProgram({
      analyze: async (path, flags) => {
        startWorkersAhead(path, flags);
        const { analyzeCommand } = await import("./analyze.js");
        process.exitCode = await analyzeCommand(path, flags, controller.signal);
      },
      describe: async (path, flags) => {
        const { describeCommand } = await import("./describe.js");
        process.exitCode = await describeCommand(path, flags, controller.signal);
      },
      compare: async (a, b, flags) => {
        const { compareCommand } = await import("./compare.js");
        process.exitCode = await compareCommand(a, b, flags, controller.signal);
      },
      report: async (folders, flags) => {
        const { reportCommand } = await import("./report.js");
        process.exitCode = await reportCommand(folders, flags, controller.signal);
      },
      status: async (folders, flags) => {
        const { statusCommand } = await import("./status.js");
        process.exitCode = await statusCommand(folders, flags);
      },
      explain: async (column) => {
        const { explainCommand } = await import("./explain.js");
        process.exitCode = explainCommand(column);
      },
      doctor: async (flags) => {
        const { doctorCommand } = await import("./doctor.js");
        process.exitCode = await doctorCommand(flags, controller.signal);
      },
      advise: async (path, flags) => {
        const { adviseCommand } = await import("./advise.js");
        process.exitCode = await adviseCommand(path, flags, controller.signal);
      },
      rank: async (paths, flags) => {
        const { rankCommand } = await import("./rank.js");
        process.exitCode = await rankCommand(paths, flags, controller.signal);
      },
      serve: async (path, flags) => {
        const { serveCommand } = await import("./serve.js");
        process.exitCode = await serveCommand(path, flags);
      },
      mcp: async (folders, flags) => {
        const { mcpCommand } = await import("./mcp.js");
        process.exitCode = await mcpCommand(folders, flags);
      },
      watch: async (folder, flags) => {
        const { watchCommand } = await import("./watch.js");
        process.exitCode = await watchCommand(folder, flags, controller.signal);
      },
      fleet: {
        plan: async (sources, flags) => {
          const { fleetPlanCommand } = await import("./fleet-plan.js");
          process.exitCode = await fleetPlanCommand(sources, flags, controller.signal);
        },
        submit: async (sources, flags) => {
          const { fleetSubmitCommand } = await import("./fleet-submit.js");
          process.exitCode = await fleetSubmitCommand(sources, flags, controller.signal);
        },
        worker: async (flags) => {
          const { fleetWorkerCommand } = await import("./fleet-worker.js");
          process.exitCode = await fleetWorkerCommand(flags);
        },
        status: async (flags) => {
          const { fleetStatusCommand } = await import("./fleet-look.js");
          process.exitCode = await fleetStatusCommand(flags);
        },
        cancel: async (flags) => {
          const { fleetCancelCommand } = await import("./fleet-look.js");
          process.exitCode = await fleetCancelCommand(flags);
        },
        dead: async (flags) => {
          const { fleetDeadCommand } = await import("./fleet-look.js");
          process.exitCode = await fleetDeadCommand(flags);
        },
      },
      lab: {
        train: async (experiment, flags) => {
          const { labTrainCommand } = await import("./lab-train.js");
          process.exitCode = await labTrainCommand("train", experiment, flags, controller.signal);
        },
        sweep: async (experiment, flags) => {
          const { labTrainCommand } = await import("./lab-train.js");
          process.exitCode = await labTrainCommand("sweep", experiment, flags, controller.signal);
        },
        report: async (folder, flags) => {
          const { labReportCommand } = await import("./lab-report.js");
          process.exitCode = await labReportCommand(folder, flags);
        },
        list: async (name) => {
          const { labListCommand } = await import("./lab-list.js");
          process.exitCode = labListCommand(name);
        },
        fetchData: async (set, flags) => {
          const { labFetchCommand } = await import("./lab-data.js");
          process.exitCode = await labFetchCommand(set, flags, controller.signal);
        },
      },
      completion: async (shell, program) => {
        const [{ completionScript }, { outlineOf }] = await Promise.all([
          import("./completion.js"),
          import("./command-outline.js"),
        ]);
        writeStdout(completionScript(shell, outlineOf(program)));
      },
    });
    program.hook("preAction", async (_, command) => {
      settings = await useSettings(command);
    });
    if (args.length === 0) {
      program.outputHelp({ error: true });
      process.exitCode = EXIT.usage;
      return;
    }
    const isCommand = args[0] === "help" || program.commands.some((command) => command.name() === args[0]);
    if (!isCommand && !args[0].startsWith("-") && existsSync(args[0])) {
      throw new UsageError(
        `"${args[0]}" is a file or folder, not a command; to analyse it: eigenscope analyze ${args.join(" ")}`,
      );
    }
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = reportError(error, settings);
  } finally {
    removeTemporary();
  }
}

/**
 * Prints one sentence on stderr for the error that ended the command, and returns the exit code. A program that runs
 * the command may ask for a line of JSON instead (EIGENSCOPE_ERRORS=json, error-json.ts). `settings`: the file that
 * options have values of; a wrong value may be one of them.
 */
function reportError(error: unknown, settings: string | undefined): number {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (ownVariable("DEBUG", process.env)) console.error(error);
  if (
    error instanceof UsageError ||
    error instanceof OptionError ||
    error instanceof NativeUnavailable ||
    error instanceof WebgpuUnavailable ||
    error instanceof WasmUnavailable
  )
    return printMessage(error, `${error.message}${fromFile(settings)}`, EXIT.usage);
  if (error instanceof FormatError) return printMessage(error, error.message, EXIT.input);
  const system = systemSentence(error);
  if (system !== undefined) return printMessage(error, system, EXIT.usage);
  const message = error instanceof Error ? error.message : String(error);
  return printMessage(error, `unexpected error: ${message} (set EIGENSCOPE_DEBUG=1 for the details)`, EXIT.internal);
}

function fromFile(settings: string | undefined): string {
  return settings === undefined ? "" : ` (with the settings of ${settings})`;
}

function printMessage(error: unknown, message: string, code: number): number {
  const sentence = printableSentence(message);
  process.stderr.write(
    asksForErrorJson(process.env)
      ? `${errorJson(error, { message: sentence, exitCode: code })}\n`
      : `eigenscope: ${sentence}\n`,
  );
  return code;
}

/** Ends the process at once and removes unfinished files. */
function interrupt(controller: AbortController, signal: Signal): never {
  controller.abort();
  removeTemporary();
  const { hint, isEnd } = interruption() ?? {};
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (isEnd) {
    process.stderr.write("eigenscope: stopped\n");
    process.exit(EXIT.done);
  }
  process.stderr.write(`eigenscope: interrupted${hint === undefined ? "" : `; ${hint()}`}\n`);
  if (interruption()?.bySignal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exit(SIGNALS[signal]);
}

/** Resolves when the command is done and `process.exitCode` is set. */
export const finished = main(process.argv.slice(2));
