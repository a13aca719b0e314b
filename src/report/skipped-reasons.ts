import type { SkippedRecord } from "../analysis/report.js";
import { printable } from "../bytes/errors.js";
import { countText, plural, shapeText } from "./number-text.js";
import { printableSentence } from "./printable-sentence.js";
import { wrap } from "./text-layout.js";

export interface ReasonLook {
  readonly width: number;
  /** Most names under one reason before "and n more". Default: all. */
  readonly named?: number;
}

/** The skipped tensors: each reason once, and under it the tensors with their shapes. */
export function reasonLines(
  skipped: readonly SkippedRecord[],
  { width, named = Number.POSITIVE_INFINITY }: ReasonLook,
): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, shape, reason } of skipped) {
    const names = byReason.get(reason) ?? [];
    byReason.set(reason, names);
    names.push(`${printable(name)} (${shapeText(shape)})`);
  }
  return [...byReason].flatMap(([reason, names]) => {
    const more = names.length > named ? ` and ${countText(names.length - named)} more` : "";
    return [
      ...wrap(`${printableSentence(reason)}:`, width, { first: "  ", rest: "    " }),
      ...wrap(names.slice(0, named).join(", ") + more, width, { first: "    " }),
    ];
  });
}

/** Most names under one reason if nothing was analysed. */
const MAX_NAMES = 3;

/** Why an analysis has no layer: the reasons for which every tensor was skipped. The first line names the input. */
export function renderNothingAnalysed(
  label: string,
  skipped: readonly SkippedRecord[],
  { width = 80 }: { readonly width?: number } = {},
): string {
  const why =
    skipped.length === 0 ? "it holds no tensors" : `${plural(skipped.length, "tensor was", "tensors were")} skipped:`;
  const head = `${printable(label)}: no layer was analysed; ${why}`;
  return `${[head, ...reasonLines(skipped, { width, named: MAX_NAMES })].join("\n")}\n`;
}
