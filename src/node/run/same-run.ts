import { isDeepStrictEqual } from "node:util";
import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import type { FileIdentity } from "../../analysis/store/file-identity.js";
import type { RunPlan } from "../../analysis/store/run-keeper.js";
import { OptionError } from "../../bytes/option-error.js";
import { FormatError } from "../../formats/index.js";

/** Options that decide which matrices a run has and how they are solved: all processes of a run have the same. */
const OF_THE_RUN = [
  ...(["layers", "exclude", "minEigenvalues", "conv", "fused", "root", "strictPickle"] as const),
  ...(["engine", "precision", "seed"] as const),
];

/**
 * Throws if `plan` is not that of the run in the folder: an `OptionError` for another option, a `FormatError` for other
 * weights. `here`: whether the run's files are on this machine, so that the time of their last change counts.
 */
export function assertSameRun(
  plan: RunPlan,
  kept: KeptPlan,
  { folder, here }: { readonly folder: string; readonly here: boolean },
): void {
  for (const option of OF_THE_RUN) {
    assertSameOption(option, [plan.options[option], kept.options[option]], folder);
  }
  // The variable that chooses the kernels where a processor has several.
  assertSameOption("EIGENSCOPE_NATIVE_TARGET", [plan.options.engineTarget, kept.options.engineTarget], folder);
  const changed = changedFile(plan.files, kept.files, here);
  if (changed !== undefined) {
    throw new FormatError(`${changed}: its spectra are of other weights`, {
      kind: "unsupported",
      file: folder,
      remedy:
        "Begin another folder for these weights; shares made on copies, each in its own folder, are joined " +
        "by eigenscope report.",
    });
  }
  const keys = ({ placements }: Pick<RunPlan, "placements">): string[] => placements.map(({ key }) => key);
  if (!isDeepStrictEqual(keys(plan), keys(kept))) {
    throw new FormatError(
      `the run was planned by version ${kept.version} of the program, which takes other matrices for layers`,
      {
        kind: "unsupported",
        file: folder,
        remedy: "Use that version, or begin another folder.",
      },
    );
  }
}

/** Throws an `OptionError` if an option has not the value that the run in the folder was begun with. */
export function assertSameOption(
  option: string,
  [asked, kept]: readonly [unknown, unknown],
  folder: string | undefined,
): void {
  if (isDeepStrictEqual(asked, kept)) return;
  throw new OptionError(
    option,
    `${shown(asked)}, but the run in ${folder} was begun with ${shown(kept)}; give the same, or another folder`,
  );
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}

/**
 * In words, what differs between the files of a model and those that a run was begun with. Undefined if nothing does.
 */
function changedFile(
  files: readonly FileIdentity[],
  before: readonly FileIdentity[],
  here: boolean,
): string | undefined {
  const known = new Map(before.map((file) => [file.name, file]));
  for (const { name, byteLength, sample, modified } of files) {
    const old = known.get(name);
    if (old === undefined) return `the run was begun without ${name}`;
    known.delete(name);
    if (old.byteLength !== byteLength)
      return `${name} had ${old.byteLength} bytes when the run was begun, and has ${byteLength} now`;
    if (old.sample !== sample) return `${name} was changed after the run was begun`;
    if (here && old.modified !== modified)
      return `${name} was changed after the run was begun, or is a copy, by the time of its last change`;
  }
  const [gone] = known.keys();
  return gone === undefined ? undefined : `the run was begun with ${gone}, which is not there now`;
}
