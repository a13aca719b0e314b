import type { Command } from "commander";
import { addAdviseCommand } from "./advise-program.js";
import type { Shell } from "./completion.js";
import { addCompletionCommand } from "./completion-program.js";
import { addFleetCommands } from "./fleet-program.js";
import { addLabCommands } from "./lab-program.js";
import { addMcpCommand } from "./mcp-program.js";
import { type Actions, createProgram } from "./program.js";
import { addRankCommand } from "./rank-program.js";
import { addServeCommand } from "./serve-program.js";
import { addWatchCommand } from "./watch-program.js";

/** The actions of all commands. */
export interface WholeActions extends Actions {
  readonly advise: Parameters<typeof addAdviseCommand>[1];
  readonly rank: Parameters<typeof addRankCommand>[1]["rank"];
  readonly serve: Parameters<typeof addServeCommand>[1];
  readonly mcp: Parameters<typeof addMcpCommand>[1];
  readonly watch: Parameters<typeof addWatchCommand>[1];
  readonly fleet: Parameters<typeof addFleetCommands>[1];
  readonly lab: Parameters<typeof addLabCommands>[1];
  completion(shell: Shell, program: Command): Promise<void>;
}

/** The grammar of the whole command line: every command, in the order of the help. */
export function wholeProgram(actions: WholeActions): Command {
  const { advise, rank, serve, mcp, watch, fleet, lab, completion, ...others } = actions;
  const program = createProgram(others);
  addAdviseCommand(program, advise);
  addRankCommand(program, { rank });
  addServeCommand(program, serve);
  addMcpCommand(program, mcp);
  addWatchCommand(program, watch);
  addFleetCommands(program, fleet);
  addLabCommands(program, lab);
  addCompletionCommand(program, (shell) => completion(shell, program));
  return program;
}

const nothing = async (): Promise<void> => {};

/** The same grammar, of commands that do nothing: for what is read off it. */
export function commandTree(): Command {
  const others = { analyze: nothing, describe: nothing, compare: nothing, report: nothing, status: nothing };
  const lab = { train: nothing, sweep: nothing, report: nothing, list: nothing, fetchData: nothing };
  const fleet = { plan: nothing, submit: nothing, worker: nothing, status: nothing, cancel: nothing, dead: nothing };
  const added = { advise: nothing, rank: nothing, serve: nothing, mcp: nothing, watch: nothing, completion: nothing };
  return wholeProgram({ ...others, explain: nothing, doctor: nothing, ...added, fleet, lab });
}
