import type { ModelSource } from "../sources/source.js";
import { openModel } from "./models.js";
import { compareAddress, goTo, modelAddress, rankAddress, watchAddress } from "./route.js";

/** Opens what was dropped or chosen together: one model is shown, two are compared, more are ranked. */
export async function openFiles(groups: readonly (readonly File[])[]): Promise<void> {
  const { sourcesOf } = await import("../sources/from-files.js");
  show(await sourcesOf(groups));
}

/** Opens an https address, or the name of a model on the hub. */
export async function openAddress(address: string): Promise<void> {
  const { pageSource } = await import("../sources/page-source.js");
  show([await pageSource(address.trim())]);
}

export function show(sources: readonly ModelSource[]): void {
  for (const source of sources) openModel(source);
  const ids = sources.map(({ id }) => id);
  const [first] = sources;
  // A training has no one state to show: all of them, against the step.
  if (ids.length === 1) goTo(first.isTraining ? watchAddress(first.id) : modelAddress(first.id));
  if (ids.length === 2) goTo(compareAddress(ids[0], ids[1]));
  if (ids.length > 2) goTo(rankAddress(ids));
}
