import { type Command, InvalidArgumentError, Option } from "commander";
import type { ServeFlags } from "./serve.js";

const EPILOGUE = `
The page is for this machine only: the server listens on 127.0.0.1, and the
address has a token. Ctrl-C stops it. What it answers:
https://github.com/eigenscope/eigenscope/blob/main/docs/serve.md

Exit codes: 0 stopped (by Ctrl-C too), 2 wrong usage or a port in use, 3 there
is nothing of that name.

Examples:
  eigenscope serve model.safetensors --open
  eigenscope serve checkpoints/
  eigenscope serve run/         # follows analyze --run
  eigenscope serve              # for files dropped on the page, and hubs`;

/** Ports go up to here; 0 asks for any free one. */
const MAX_PORT = 65_535;

/** `eigenscope serve`: the application in a browser. */
export function addServeCommand(
  root: Command,
  serve: (path: string | undefined, flags: ServeFlags) => Promise<void>,
): void {
  root
    .command("serve")
    .description("show the application in a browser, fed by the engine and the files of this machine")
    .argument("[path]", "a weight file, a folder, or the folder of a run; without one, nothing on disk is served")
    .addOption(portOption())
    .option("--ipv6", "listen on [::1] too", false)
    .option("--open", "open the page in the browser", false)
    .addHelpText("after", EPILOGUE)
    .action(serve)
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .showSuggestionAfterError();
}

/** The port of the server. */
export function portOption(): Option {
  return new Option("--port <n>", "port on 127.0.0.1; 0: any free one (default: 5151, or any free one)").argParser(
    port,
  );
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > MAX_PORT)
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${MAX_PORT}.`);
  return value;
}
