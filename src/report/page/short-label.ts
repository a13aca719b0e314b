import { printable } from "../../bytes/errors.js";

/** The last two parts of a path: "model.json" alone does not identify a model. */
export function shortLabel(label: string): string {
  const parts = printable(label)
    .split(/[/\\]/)
    .filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? printable(label) : parts.slice(-2).join("/");
}
