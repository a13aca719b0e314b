import { signal } from "@preact/signals";
import { type ServeSession, sessionHere } from "../sources/serve-api.js";
import { serveSource } from "../sources/serve-source.js";
import { show } from "./open.js";
import { route } from "./route.js";

/** What `eigenscope serve` serves; null if this page comes from elsewhere. */
export const served = signal<ServeSession | null>(null);

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;

let asked: Promise<ServeSession | null> | undefined;

/** What the server of this page serves, asked once; null if the page comes from elsewhere. */
export function sessionOfServer(): Promise<ServeSession | null> {
  asked ??= LOOPBACK.test(location.hostname) ? sessionHere() : Promise.resolve(null);
  return asked;
}

/** Asks the server that this page comes from what it serves, and shows it where there is one thing to show. */
export async function askServer(): Promise<void> {
  const session = await sessionOfServer();
  served.value = session;
  if (session === null) keepForOffline();
  if (session === null || route.value.view !== "start") return;
  const [first] = session.entries;
  if (session.entries.length === 1 && session.kind !== "folder") openServed([first]);
}

/** Keeps the page itself for use without a network. A server on this machine has no use for it. */
function keepForOffline(): void {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.register("offline-worker.js").catch(() => {
    // A browser that forbids it, or a page without an address of its own: it works, but not offline.
  });
}

/** Opens models of the server together. */
export function openServed(
  entries: readonly { readonly id: string; readonly label: string; readonly kind?: string }[],
): void {
  show(entries.map(({ id, label, kind }) => serveSource({ path: id, label, isTraining: kind === "watch" })));
}
