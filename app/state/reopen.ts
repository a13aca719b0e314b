import { serveSource } from "../sources/serve-source.js";
import type { ModelSource } from "../sources/source.js";
import { keptSource } from "./kept.js";
import { sessionOfServer } from "./served.js";

/** What an address of another window names: a model of the server, or one of which results are kept. */
export async function sourceOfId(id: string): Promise<ModelSource | undefined> {
  const path = /^serve:(.*)$/s.exec(id)?.[1];
  if (path === undefined) return keptSource(id);
  // An address may be opened, or loaded again, before the server has answered.
  const session = await sessionOfServer();
  if (session === null) return undefined;
  const known = session.models.find(({ label, id: given }) => label === path || given === path)?.id;
  const entry = session.entries.find(({ id: given }) => given === path);
  const [label, isTraining] = [entry?.label ?? path, entry?.kind === "watch"];
  return serveSource({ path, label, isTraining }, known === undefined ? {} : { known });
}
