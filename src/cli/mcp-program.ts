import type { Command } from "commander";
import type { McpFlags } from "./mcp.js";

const EPILOGUE = `
A client starts this command by itself and talks to it over stdin and stdout. It
reads files below the folders only, follows no link out of them, and writes
none. How to add it to a client, and its limits:
https://github.com/eigenscope/eigenscope/blob/main/docs/mcp.md

Exit codes: 0 the client closed stdin, or Ctrl-C; 2 wrong usage, or a message
that is too long; 3 a folder is none.

Example, as a client's configuration:
  {"mcpServers": {"eigenscope": {"command": "npx",
    "args": ["-y", "eigenscope", "mcp", "/home/me/models"]}}}`;

/** `eigenscope mcp`: the analysis as tools for agents. */
export function addMcpCommand(
  root: Command,
  mcp: (folders: readonly string[], flags: McpFlags) => Promise<void>,
): void {
  root
    .command("mcp")
    .description("serve the analysis to agents over stdio (Model Context Protocol)")
    .argument("[folder...]", "folders below which files are read (default: the working directory)")
    .option("--network", "models of a hub may be read too", false)
    .addHelpText("after", EPILOGUE)
    .action(mcp)
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .showSuggestionAfterError();
}
