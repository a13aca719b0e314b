/** What the output may look like, decided once from the environment: NO_COLOR, FORCE_COLOR, pipes, CI. */
export interface Terminal {
  readonly color: boolean;
  readonly width: number;
  readonly progress: boolean;
}

export interface TerminalFlags {
  readonly color: boolean;
  readonly progress: boolean;
  readonly quiet: boolean;
}

const DEFAULT_WIDTH = 80;
const NARROWEST = 40;

/**
 * Reads the environment: colour only to a terminal (or under FORCE_COLOR) and never under NO_COLOR; progress only to a
 * terminal that is not CI's.
 */
export function readTerminal(flags: TerminalFlags, process: Pick<NodeJS.Process, "stdout" | "stderr" | "env">): Terminal {
  const { stdout, stderr, env } = process;
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0";
  const forbidden = (env.NO_COLOR ?? "") !== "" || env.FORCE_COLOR === "0" || env.TERM === "dumb";
  const columns = stdout.isTTY ? stdout.columns : Number(env.COLUMNS);
  return {
    color: flags.color && !forbidden && (forced || stdout.isTTY === true),
    width: columns > 0 ? Math.max(NARROWEST, Math.floor(columns)) : DEFAULT_WIDTH,
    progress: flags.progress && !flags.quiet && stderr.isTTY === true && (env.CI ?? "") === "" && env.TERM !== "dumb",
  };
}
