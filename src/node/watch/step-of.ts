import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The step of a training at a checkpoint, and where it was found. */
export interface Step {
  readonly value: number;
  /** "time": seconds since 1970, of the last change. */
  readonly from: "trainer state" | "name" | "time";
}

/** The file in which transformers keeps how far a training is. */
export const TRAINER_STATE = "trainer_state.json";
/** Its history of losses may have a line per step. */
const MAX_TRAINER_STATE_BYTES = 2 ** 27;

/** What decides the step of a checkpoint (`FoundCheckpoint` has it), and when it was last changed. */
export interface Stepped {
  readonly path: string;
  readonly name: string;
  readonly kind: "file" | "shards" | "folder";
}

/**
 * The step of a checkpoint: `global_step` of trainer_state.json in its folder, else the number in its name, else
 * trainer_state.json beside the file, else the time of its last change.
 */
export async function stepOf({ path, name, kind }: Stepped, modifiedMs: number): Promise<Step> {
  const inside = kind === "folder" ? await trainerStep(path) : undefined;
  const named = stepInName(name);
  const beside = kind === "folder" || named !== undefined ? undefined : await trainerStep(dirname(path));
  const told = inside ?? (named === undefined ? beside : undefined);
  if (told !== undefined) return { value: told, from: "trainer state" };
  return stepWithoutState(name, modifiedMs);
}

/** The step of a checkpoint of which no trainer_state.json tells. */
export function stepWithoutState(name: string, modifiedMs: number): Step {
  const named = stepInName(name);
  if (named !== undefined) return { value: named, from: "name" };
  return { value: Math.floor(modifiedMs / 1000), from: "time" };
}

async function trainerStep(folder: string): Promise<number | undefined> {
  const file = join(folder, TRAINER_STATE);
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > MAX_TRAINER_STATE_BYTES) return undefined;
    const step: unknown = JSON.parse(await readFile(file, "utf8"))?.global_step;
    return Number.isSafeInteger(step) && (step as number) >= 0 ? (step as number) : undefined;
  } catch {
    // Not there, or not written to its end: the name says the step too.
    return undefined;
  }
}

/** Words before a number, best first: "epoch=3-step=1200.ckpt" is step 1200. */
const STEP_WORDS = [
  /(?:^|[^a-z])(?:global[-_]?)?(?:steps?|iter(?:ation)?s?|checkpoint|ckpt)[-_.=]?(\d{1,15})(?!\d)/gi,
  /(?:^|[^a-z])(?:epochs?|ep)[-_.=]?(\d{1,15})(?!\d)/gi,
];
/** A number of its own at the end of the name: "model_12", "0012". Not "resnet18". */
const LAST_NUMBER = /(?:^|[-_.=])(\d{1,15})$/;
const ENDING = /\.(?:index\.json|weights\.json|[a-z][a-z0-9]*)$/i;

/** The step in a name such as "checkpoint-500" or "epoch_3.pt". Folders count if they are named as steps. */
export function stepInName(name: string): number | undefined {
  for (const [k, part] of name.split("/").reverse().entries()) {
    const stem = k > 0 ? part : part.replace(/-\?{5}-of-\d{5}/, "").replace(ENDING, "");
    for (const words of STEP_WORDS) {
      const found = [...stem.matchAll(words)].at(-1);
      if (found !== undefined) return Number(found[1]);
    }
    const last = (k > 0 ? /^(\d{1,15})$/ : LAST_NUMBER).exec(stem);
    if (last !== null) return Number(last[1]);
  }
  return undefined;
}
