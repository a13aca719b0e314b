import { resolveOptions } from "../analysis/index.js";
import { describe } from "../node/index.js";
import { renderDescription } from "../report/index.js";
import { jsonText } from "../report/text-parts.js";
import { asUsageError, EXIT } from "./exit-codes.js";
import { protectInputs } from "./overwriting.js";
import { assertNoStdin, assertStdinOnce, inputOf } from "./stdin-input.js";
import { writeStdout } from "./stdout.js";
import { readTerminal } from "./terminal.js";
import { verboseOf } from "./verbose.js";

export interface DescribeFlags {
  readonly json: boolean;
  readonly layers: string[];
  readonly exclude: string[];
  readonly minEigenvalues: number;
  readonly conv: "slices" | "flatten";
  readonly fused: "split" | "whole";
  readonly root?: string;
  readonly strictPickle: boolean;
  readonly revision?: string;
  readonly base?: string;
  /** The file of settings in use. */
  readonly config: string | false;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** `eigenscope describe`: lists what the file holds and what would be analysed. Resolves to the exit code. */
export async function describeCommand(path: string, flags: DescribeFlags, signal: AbortSignal): Promise<number> {
  const { layers, exclude, minEigenvalues, conv, fused, root, strictPickle } = flags;
  asUsageError(() => resolveOptions({ layers, exclude, minEigenvalues, conv, fused, root, strictPickle }));
  verboseOf(flags).start();
  assertNoStdin("--base", [flags.base]);
  assertStdinOnce([path], flags.revision);
  const description = await describe(await inputOf(path, { signal }), {
    layers,
    exclude,
    minEigenvalues,
    conv,
    fused,
    root,
    strictPickle,
    base: flags.base,
    hub: { revision: flags.revision },
    signal,
    onOpened: protectInputs({ outputs: {}, stdout: true }),
  });
  const { width, color } = readTerminal({ color: flags.color, progress: false, quiet: false }, process);
  writeStdout(flags.json ? jsonText(description, 2) : renderDescription(description, { width, color }));
  return EXIT.done;
}
