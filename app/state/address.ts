/** A place in the application, as the address after `#` has it. */
export type Route =
  | { readonly view: "start" }
  | { readonly view: "model"; readonly id: string }
  | { readonly view: "layer"; readonly id: string; readonly layer: number }
  | { readonly view: "compare"; readonly a: string; readonly b: string }
  | { readonly view: "rank"; readonly ids: readonly string[] }
  | { readonly view: "watch"; readonly id: string }
  | { readonly view: "unknown"; readonly address: string };

/** The route of a path: `m/<id>`, `m/<id>/<layer>`, `c/<a>..<b>`, `r/<id>,<id>`, `w/<id>`, or nothing. */
export function parseRoute(path: string): Route {
  const [kind, first = "", second] = path.split("/");
  const id = decoded(first);
  if (path === "") return { view: "start" };
  if (kind === "m" && id !== "" && second === undefined) return { view: "model", id };
  if (kind === "m" && id !== "" && /^\d+$/.test(second ?? "")) return { view: "layer", id, layer: Number(second) };
  if (kind === "w" && id !== "") return { view: "watch", id };
  const pair = first.split("..").map(decoded);
  if (kind === "c" && pair.length === 2 && !pair.includes("")) return { view: "compare", a: pair[0], b: pair[1] };
  const ids = first.split(",").map(decoded);
  if (kind === "r" && !ids.includes("")) return { view: "rank", ids };
  return { view: "unknown", address: path };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

const part = (id: string): string => encodeURIComponent(id).replaceAll(".", "%2E");

export const modelAddress = (id: string): string => `#/m/${part(id)}`;
export const layerAddress = (id: string, layer: number): string => `#/m/${part(id)}/${layer}`;
export const compareAddress = (a: string, b: string): string => `#/c/${part(a)}..${part(b)}`;
export const rankAddress = (ids: readonly string[]): string => `#/r/${ids.map(part).join(",")}`;
export const watchAddress = (id: string): string => `#/w/${part(id)}`;
