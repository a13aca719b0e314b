import { sharedFiles } from "../../bytes/file-set.js";
import { Pace } from "../../bytes/pace.js";
import { type FileSet, FormatError, type SharedFiles } from "../../formats/index.js";
import type { MatrixOrigin, MatrixSource } from "../../layers/index.js";
import { sourceOfOrigin, type TensorsByOrigin, tensorsByOriginInSteps } from "../../layers/origin-source.js";
import type { LookedFor } from "../configs-beside.js";
import type { ModelAndBase } from "../merged-model.js";
import { dependenciesOf, type OpeningOptions, openWithConfigs } from "../open-model.js";

/** An opened model, as plain data from which another thread opens it again. */
export interface SharedModel {
  /** Tells it from the model of another analysis. */
  readonly id: number;
  readonly model: SharedInput;
  /** The base of a merged adapter. */
  readonly base?: SharedInput;
  readonly opening: OpeningOptions;
}

interface SharedInput {
  readonly files: SharedFiles;
  /**
   * What the files were when they were opened first: `FileStamp`s as JSON. The description goes with every layer, and a
   * model may have hundreds of files: a text of 300 stamps is cloned in 3 us, as many objects in 170 us.
   */
  readonly found: string;
}

/** What a file was. Without size and time if it was looked for and not there. */
interface FileStamp extends LookedFor {
  readonly modified?: string;
}

let models = 0;

/** What other threads need to open the model. Undefined if its files can be read in this thread only. */
export async function shareModel(
  { files, base }: ModelAndBase,
  opened: { readonly model: readonly LookedFor[]; readonly base?: readonly LookedFor[] | undefined },
  { strictPickle, root, heads }: OpeningOptions,
): Promise<SharedModel | undefined> {
  const model = await share(files, opened.model);
  const onto = base === undefined ? undefined : await share(base, opened.base ?? []);
  if (model === undefined || (base !== undefined && onto === undefined)) return undefined;
  return { id: ++models, model, ...(onto !== undefined && { base: onto }), opening: { strictPickle, root, heads } };
}

async function share(files: FileSet, opened: readonly LookedFor[]): Promise<SharedInput | undefined> {
  const shared = sharedFiles(files);
  if (shared === undefined) return undefined;
  return { files: shared, found: JSON.stringify(await stampsOf(files, opened)) };
}

async function stampsOf(files: FileSet, opened: readonly LookedFor[]): Promise<FileStamp[]> {
  return Promise.all(
    opened.map(async (file) => {
      // One that was not there stays so, even if it has appeared meanwhile: its appearance is a change.
      const modified = file.byteLength === undefined ? undefined : await modifiedOf(files, file.name);
      return { ...file, ...(modified !== undefined && { modified }) };
    }),
  );
}

/** Opens files that another thread described. */
export type OpenShared = (files: SharedFiles) => Promise<FileSet>;

/** A model that was opened again, in another thread. */
export interface ReopenedModel {
  /** The values that an origin describes. Throws `RangeError` if the files do not have them. */
  sourceOf(origin: MatrixOrigin): MatrixSource;
  close(): Promise<void>;
}

/**
 * Opens a model again. It plans nothing: an origin says which values are wanted. Rejects with a `FormatError` if the
 * files cannot be read, or have changed since they were opened first.
 */
export async function reopenModel({ model, base, opening }: SharedModel, open: OpenShared): Promise<ReopenedModel> {
  const opened: { readonly tensors: TensorsByOrigin; close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((input) => input.close()));
  };
  try {
    for (const input of base === undefined ? [model] : [model, base])
      opened.push(await reopenInput(input, opening, open));
  } catch (cause) {
    await close();
    throw cause;
  }
  const [own, onto] = opened;
  return {
    sourceOf: (origin) =>
      sourceOfOrigin(origin, { model: own.tensors, ...(onto !== undefined && { base: onto.tensors }) }),
    close,
  };
}

async function reopenInput(
  { files: shared, found: text }: SharedInput,
  options: OpeningOptions,
  open: OpenShared,
): Promise<{ readonly tensors: TensorsByOrigin; close(): Promise<void> }> {
  const files = await open(shared);
  const found: readonly FileStamp[] = JSON.parse(text);
  await assertSameTimes(files, found);
  // The first opening had a budget of time and memory; this one takes as much as that.
  const pace = new Pace({ limited: false });
  const opened = await openWithConfigs(files, options, pace);
  const { file, adapter } = opened;
  try {
    const sizes = new Map(dependenciesOf(opened).map(({ name, byteLength }) => [name, byteLength]));
    const changed = found.find(({ name, byteLength }) => sizes.get(name) !== byteLength);
    if (changed !== undefined) throwChanged(files, changed);
    await assertSameTimes(files, found);
    const tensors = await pace.run(tensorsByOriginInSteps(file, { adapter }, pace));
    return { tensors, close: () => file.close() };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

/** Before the files are read: a file that is half written may have any contents. */
async function assertSameTimes(files: FileSet, found: readonly FileStamp[]): Promise<void> {
  for (const stamp of found) if ((await modifiedOf(files, stamp.name)) !== stamp.modified) throwChanged(files, stamp);
}

/** Undefined if the adapter does not know, or the file is gone. */
async function modifiedOf(files: FileSet, name: string): Promise<string | undefined> {
  return files.modified?.(name).catch(() => undefined);
}

function throwChanged(files: FileSet, { name }: FileStamp): never {
  throw new FormatError("the file changed while it was being read", {
    kind: "unreadable",
    file: files.pathOf?.(name) ?? name,
    remedy: "Wait until nothing writes to it and run again.",
  });
}
