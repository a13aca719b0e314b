import { printable } from "../bytes/errors.js";
import { type McpOptions, serveMcp } from "../node/mcp/index.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { onInterruption } from "./interruption.js";
import { printFault } from "./print-fault.js";

/** The flags that commander parses. */
export interface McpFlags {
  readonly network: boolean;
}

/**
 * `eigenscope mcp`: serves tools over stdin and stdout until the client closes stdin or a signal comes: both are exit
 * code 0. stdout is the client's; everything else goes to stderr. Rejects with a `UsageError` if a message was too long
 * to read.
 */
export async function mcpCommand(given: readonly string[], { network }: McpFlags): Promise<number> {
  const folders = given.length === 0 ? ["."] : given;
  let tooLong: string | undefined;
  const onNonsense: McpOptions["onNonsense"] = ({ message }) => {
    if (/exceeded maximum size/.test(message)) tooLong = message;
    else process.stderr.write("eigenscope: ignored a message that is not of the protocol\n");
  };
  const onReady: McpOptions["onReady"] = (roots) => {
    onInterruption({ isEnd: true });
    const below = roots.map(printable).join(", ");
    process.stderr.write(`eigenscope: MCP over stdin and stdout, reading below ${below}; Ctrl-C stops\n`);
  };
  const { stdin, stdout } = process;
  await serveMcp({ folders, network, stdin, stdout, onReady, onFault: printFault, onNonsense });
  if (tooLong !== undefined) throw new UsageError(`the client sent too long a message: ${tooLong}`);
  return EXIT.done;
}
