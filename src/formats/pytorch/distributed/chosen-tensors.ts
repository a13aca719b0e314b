import { FormatError, printable } from "../../../bytes/errors.js";
import { OptionError } from "../../../bytes/option-error.js";
import type { ErrorLocation } from "../../../bytes/stored-bytes.js";
import { listedNames } from "../listed-names.js";
import { isOptimizerName, MAX_LEVELS, USUAL_KEYS } from "../state-dict-root.js";
import type { PlannedTensor } from "./plan.js";

export interface NamedTensor {
  readonly name: string;
  readonly planned: PlannedTensor;
}

export interface ChosenTensors {
  readonly tensors: readonly NamedTensor[];
  readonly warnings: readonly string[];
}

/** What optimizers keep of each weight, in names that were not nested (Megatron's). */
const OPTIMIZER_STATE = /(^|\.)(exp_avg(_sq)?|max_exp_avg_sq|momentum_buffer)(\.|$)/;

/**
 * The weights of a checkpoint, by the rule for pickled ones (`stateDictOf`): repeatedly those under the first of the
 * usual keys that holds tensors; if there is none, all but optimizer states.
 */
export function chosenTensors(
  planned: readonly PlannedTensor[],
  { root, where }: { readonly root?: string | undefined; readonly where: ErrorLocation },
): ChosenTensors {
  const all = planned.map((each) => ({ name: each.path.join("."), planned: each, rest: each.path }));
  if (root !== undefined) {
    const inside = all.filter(({ name }) => root === "" || name === root || name.startsWith(`${root}.`));
    if (inside.length === 0) {
      throw new OptionError(
        "root",
        `${printable(where.file ?? "the checkpoint")} has no part called "${root}"; it holds ` +
          `${listedNames([...new Set(all.map(({ rest }) => rest[0]))])}`,
      );
    }
    const cut = root === "" ? 0 : root.length + 1;
    return {
      tensors: inside.map(({ name, planned: plan }) => ({ name: name.slice(cut) || name, planned: plan })),
      warnings: [],
    };
  }
  let inside = all;
  const path: string[] = [];
  for (let level = 0; level < MAX_LEVELS; level++) {
    const key = USUAL_KEYS.find((usual) => inside.some(({ rest }) => rest.length > 1 && rest[0] === usual));
    if (key === undefined) break;
    path.push(key);
    inside = inside
      .filter(({ rest }) => rest.length > 1 && rest[0] === key)
      .map((each) => ({ ...each, rest: each.rest.slice(1) }));
  }
  const weights = inside.filter(
    ({ rest, name }) => !isOptimizerName(rest[0].split(".")[0]) && !OPTIMIZER_STATE.test(name),
  );
  if (weights.length === 0) {
    throw new FormatError("the checkpoint holds no tensors but those of an optimizer", {
      ...where,
      kind: "unsupported",
      remedy: all.length === 0 ? "Its plan names no tensor." : `It holds ${listedNames(all.map(({ name }) => name))}.`,
    });
  }
  const kept = new Set(weights.map(({ planned: plan }) => plan));
  const left = new Map<string, number>();
  for (const { planned: plan } of all)
    if (!kept.has(plan)) left.set(topOf(plan, path.length), (left.get(topOf(plan, path.length)) ?? 0) + 1);
  const counted = [...left].map(([name, count]) => `"${name}" (${count} ${count === 1 ? "tensor" : "tensors"})`);
  const skipped = counted.length === 0 ? "" : `; skipped: ${listedNames(counted)}`;
  const warning =
    path.length > 0
      ? `the weights were taken from "${printable(path.join("."))}"${skipped}`
      : `optimizer states are not weights${skipped}`;
  return {
    tensors: weights.map(({ rest, planned: plan }) => ({ name: rest.join("."), planned: plan })),
    warnings: path.length > 0 || skipped !== "" ? [warning] : [],
  };
}

/** The part of the checkpoint that a skipped tensor belongs to. */
function topOf({ path }: PlannedTensor, levels: number): string {
  return path.length > 1 ? path.slice(0, Math.min(levels || 1, path.length - 1)).join(".") : path[0].split(".")[0];
}
