/** How the output looks, decided once from the environment: NO_COLOR, FORCE_COLOR, pipes, CI. */
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
const MIN_WIDTH = 40;

/**
 * Reads the environment. Colour needs a terminal or FORCE_COLOR, and NO_COLOR forbids it. Progress needs a terminal
 * that is not in CI.
 */
export function readTerminal(
  flags: TerminalFlags,
  process: Pick<NodeJS.Process, "stdout" | "stderr" | "env">,
): Terminal {
  const { stdout, stderr, env } = process;
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0";
  const forbidden = (env.NO_COLOR ?? "") !== "" || env.FORCE_COLOR === "0" || env.TERM === "dumb";
  const columns = stdout.isTTY ? stdout.columns : Number(env.COLUMNS);
  return {
    color: flags.color && !forbidden && (forced || stdout.isTTY === true),
    width: columns > 0 ? Math.max(MIN_WIDTH, Math.floor(columns)) : DEFAULT_WIDTH,
    progress: flags.progress && !flags.quiet && stderr.isTTY === true && (env.CI ?? "") === "" && env.TERM !== "dumb",
  };
}
