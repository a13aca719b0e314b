import type { BeginOptions } from "../../spectra/engine.js";
import type { MatrixSolver } from "../../spectra/matrix-solver.js";
import { dismiss, type HelpWanted, leaveWords, newControl } from "../../spectra/team-control.js";
import type { Library, NativeAddon } from "./addon.js";

/** What a helper of the native engine needs to know: the team's number in this process. */
interface NativeHelpWanted extends HelpWanted {
  readonly team: number;
}

/** Opens the solver's work to helpers until it is released. */
export function withTeam(
  solver: MatrixSolver,
  { addon, handle }: Library,
  onHelpWanted: NonNullable<BeginOptions["onHelpWanted"]>,
): MatrixSolver {
  const control = newControl();
  const team = addon.openTeam(handle);
  const wanted: NativeHelpWanted = { team, control };
  onHelpWanted(wanted);
  return {
    ...solver,
    release() {
      dismiss(control);
      addon.closeTeam(handle);
      solver.release();
    },
  };
}

interface Assistance {
  readonly wanted: HelpWanted;
  readonly member: number;
  /** As of the helping engine: while its first word is not 0, it takes no share. */
  readonly stop: Int32Array;
}

/**
 * Helps another thread's native engine under a member number, until it is done or the helper is recalled. Throws
 * `RangeError` for the help that another engine wants.
 */
export function assistNative(addon: NativeAddon, { wanted, member, stop }: Assistance): void {
  if (!isNativeHelp(wanted)) throw new RangeError("the native engine cannot help with another engine's matrix");
  const { words, ended, recalled } = leaveWords(wanted.control, member);
  addon.help(wanted.team, words, ended, recalled, stop);
}

function isNativeHelp(wanted: HelpWanted): wanted is NativeHelpWanted {
  return "team" in wanted;
}
