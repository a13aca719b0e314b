import { signal } from "@preact/signals";
import { type ServeSession, sessionHere } from "../sources/serve-api.js";
import { serveSource } from "../sources/serve-source.js";
import { show } from "./open.js";
import { route } from "./route.js";

/** What `eigenscope serve` serves; null if this page comes from elsewhere. */
export const served = signal<ServeSession | null>(null);

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;

/** Asks the server that this page comes from what it serves, and shows it where there is one thing to show. */
export async function askServer(): Promise<void> {
  if (!LOOPBACK.test(location.hostname)) return;
  const session = await sessionHere();
  served.value = session;
  if (session === null || route.value.view !== "start") return;
  const [first] = session.entries;
  if (session.entries.length === 1 && session.kind !== "folder") openServed([first]);
}

/** Opens models of the server together. */
export function openServed(entries: readonly { readonly id: string; readonly label: string }[]): void {
  show(entries.map(({ id, label }) => serveSource({ path: id, label })));
}
