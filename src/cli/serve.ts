import { printable } from "../bytes/errors.js";
import { openBrowser, type RunningServer, serve } from "../node/serve/index.js";
import { onInterruption } from "./interruption.js";
import { printFault } from "./print-fault.js";
import { writeStdout } from "./stdout.js";

/** The flags that commander parses. */
export interface ServeFlags {
  readonly port?: number;
  readonly ipv6: boolean;
  readonly open: boolean;
}

/**
 * `eigenscope serve`: prints the address on stdout, then serves until a signal ends the process: that is exit code 0.
 * Rejects if nothing can be served.
 */
export async function serveCommand(path: string | undefined, { port, ipv6, open }: ServeFlags): Promise<number> {
  const server = await serve({ path, port, ipv6, onFault: printFault });
  onInterruption({ isEnd: true });
  process.stderr.write(`eigenscope: serving ${servedText(server.served)}; Ctrl-C stops\n`);
  writeStdout(`${server.address}\n`);
  if (open) await openPage(server);
  return new Promise(() => {});
}

/** Serves beside another command, until the process ends. Resolves to the address. */
export async function serveAddress({
  path,
  port,
  open,
}: {
  readonly path: string;
  readonly port: number | undefined;
  readonly open: boolean;
}): Promise<string> {
  const server = await serve({ path, port, onFault: printFault });
  if (open) await openPage(server);
  return server.address;
}

async function openPage(server: RunningServer): Promise<void> {
  const reason = await openBrowser(server.addressOnce());
  if (reason !== undefined)
    process.stderr.write(`eigenscope: --open: ${printable(reason)}; open the address yourself\n`);
}

function servedText({ kind, label }: RunningServer["served"]): string {
  if (kind === "empty") return "no files, only what is dropped on the page and models of a hub";
  if (kind === "run") return `the run in ${printable(label)}`;
  return printable(label);
}
