import { computed, signal } from "@preact/signals";
import { parseRoute } from "./address.js";

export {
  compareAddress,
  layerAddress,
  modelAddress,
  parseRoute,
  type Route,
  rankAddress,
  watchAddress,
} from "./address.js";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

const parts = computed(() => {
  const [path = "", query = ""] = hash.value.replace(/^#\/?/, "").split("?", 2);
  return { path, query };
});

export const route = computed(() => parseRoute(parts.value.path));
/** What the view keeps in the address: axes, filters, order. */
export const query = computed(() => new URLSearchParams(parts.value.query));

export function goTo(address: string): void {
  location.hash = address;
}

/** Changes what the view keeps in the address, without a new entry in the history. null removes. */
export function setQuery(changes: Readonly<Record<string, string | null>>): void {
  const next = new URLSearchParams(parts.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  const text = next.size === 0 ? "" : `?${next}`;
  history.replaceState(null, "", `#/${parts.value.path}${text}`);
  hash.value = location.hash;
}
