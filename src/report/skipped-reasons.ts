import type { SkippedRecord } from "../analysis/report.js";
import { printable } from "../formats/errors.js";
import { countText, plural, shapeText } from "./number-text.js";
import { printableSentence } from "./printable-sentence.js";
import { wrap } from "./text-layout.js";

export interface ReasonLook {
  readonly width: number;
  /** Names under one reason before "and n more". Default: all. */
  readonly named?: number;
}

/** What was left out of an analysis: each reason once, and under it the tensors with their shapes. */
export function reasonLines(skipped: readonly SkippedRecord[], { width, named = Number.POSITIVE_INFINITY }: ReasonLook): string[] {
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

/** Names shown under one reason where nothing was analysed. */
const NAMED = 3;

/** Why an analysis has no layer: the reasons with which every tensor was left out. Its first line names the input. */
export function renderNothingAnalysed(
  label: string,
  skipped: readonly SkippedRecord[],
  { width = 80 }: { readonly width?: number } = {},
): string {
  const why = skipped.length === 0 ? "it holds no tensors" : `${plural(skipped.length, "tensor was", "tensors were")} left out:`;
  return `${[`${printable(label)}: no layer was analysed; ${why}`, ...reasonLines(skipped, { width, named: NAMED })].join("\n")}\n`;
}
