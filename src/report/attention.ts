import type { Finding } from "../analysis/findings/finding.js";
import { printable } from "../bytes/errors.js";
import { inBrackets } from "./certainty.js";
import { plural } from "./number-text.js";
import { printableSentence } from "./printable-sentence.js";

/** Most layers in the list; the others are in the JSON. */
export const MAX_ATTENTION = 6;

/** What is worth a look, worst first: errors and warnings, at most six. */
export function attentionList(findings: readonly Finding[]): readonly Finding[] {
  return worthALook(findings).slice(0, MAX_ATTENTION);
}

/** How many findings are worth a look but not in `attentionList`. */
export function beyondAttention(findings: readonly Finding[]): number {
  return Math.max(0, worthALook(findings).length - MAX_ATTENTION);
}

function worthALook(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ severity }) => severity !== "note");
}

/**
 * One sentence group a finding: layer, what was found, how sure, what it may mean; the advice only where it is not that
 * of the finding before.
 */
export function attentionLines(findings: readonly Finding[]): string[] {
  const listed = attentionList(findings);
  const lines = listed.map(({ name, what, certainty, advice }, k) => {
    const repeated = listed[k + 1]?.advice === advice;
    return `${printable(name)}: ${printableSentence(what)}${inBrackets(certainty)}${repeated ? "" : ` ${advice}`}`;
  });
  const more = beyondAttention(findings);
  return more === 0 ? lines : [...lines, `and ${plural(more, "more finding")} in --json`];
}
