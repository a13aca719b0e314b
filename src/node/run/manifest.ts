import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunHeader } from "../../analysis/run/manifest-shape.js";
import { type KeptPlan, parsePlan, planName, RUN, RUN_FORMAT } from "../../analysis/run/parse-plan.js";
import { digestOfData } from "../../analysis/store/digest.js";
import type { RunPlan } from "../../analysis/store/run-keeper.js";
import { VERSION } from "../../analysis/version.js";
import { OptionError } from "../../bytes/option-error.js";
import { FormatError } from "../../formats/index.js";

/**
 * Writes the plan into the folder, unless another process was faster: each file is written beside its name and linked
 * into place, so that it is whole or absent, and the first one stays. The layers come first, under a name of their
 * digest: a run.json means that its layers are there.
 */
export async function writePlan(folder: string, plan: RunPlan): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, text } of await planTexts(plan)) await writeOnce(join(folder, name), text);
}

/** The texts of a plan, in the order in which they are written, each once. */
export async function planTexts({
  placements,
  ...rest
}: RunPlan): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const lines = placements.map((placement) => `${JSON.stringify(placement)}\n`).join("");
  const plan = await planName(lines);
  const fields = { format: RUN_FORMAT, version: VERSION, ...rest, plan, layers: placements.length };
  const header: RunHeader = { ...fields, digest: await digestOfData(fields) };
  return [
    { name: plan, text: lines },
    { name: RUN, text: `${JSON.stringify(header, null, 2)}\n` },
  ];
}

/** Errors of a file system without hard links (FAT, some network file systems). */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/**
 * Writes a file that is never changed. Whoever links first wins. Without hard links the file is renamed into place
 * unless there is one: of two processes at the very same moment the later one wins, and what the other one does has
 * keys of its own and does not count.
 */
export async function writeOnce(path: string, content: string, linked: typeof link = link): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await linked(temporary, path).catch(async (cause: NodeJS.ErrnoException) => {
      if (!NO_LINKS.includes(cause.code ?? "")) throw cause;
      const isThere = await stat(path).then(
        () => true,
        () => false,
      );
      if (!isThere) await rename(temporary, path);
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/**
 * The plan of a folder. Undefined if it holds no run. Rejects with a `FormatError` for damaged files, or those of a
 * later version.
 */
export async function readPlan(folder: string): Promise<KeptPlan | undefined> {
  if (folder === "") throw new OptionError("run", "found an empty name, expected a folder");
  const nameOf = (name: string): string => join(folder, name);
  return parsePlan({ nameOf, read: (name) => readOrNothing(nameOf(name)) });
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    // Reading a named pipe would never end.
    if (!(await stat(path)).isFile())
      throw new FormatError("is not a file", { kind: "malformed", file: path, remedy: "Name another folder." });
    return await readFile(path, "utf8");
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw cause;
  }
}
