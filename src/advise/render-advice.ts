import { printable } from "../bytes/errors.js";
import {
  cut,
  NOT_AVAILABLE,
  numberText,
  pad,
  plural,
  printableSentence,
  shortenNames,
  textWidth,
  widest,
  wrap,
} from "../report/text-parts.js";
import type { Advice, AdviceColumn, AdviceRow, AdviceValue, LeftOut } from "./advice.js";

/** How the text is printed. */
export interface AdviceLook {
  readonly width: number;
  /** The paths of the files that were written. Without any, the text says how to get them. */
  readonly written: readonly string[];
}

const GAP = "  ";
const MIN_NAME_WIDTH = 12;
/** Names per reason in the list of what is left out. */
const MOST_NAMED = 3;

/**
 * An advice as text for a terminal or a pipe: the answer, the table, what is left out and why, whose method it is and
 * what its authors claim, warnings, and the files.
 */
export function renderAdvice(advice: Advice, { width, written }: AdviceLook): string {
  const { answer, method, columns, table, left_out: leftOut, warnings, files } = advice;
  const paragraph = (first: string, text: string): string[] =>
    wrap(printableSentence(text), width, { first: pad(first, 10, "left"), rest: " ".repeat(10) });
  const lines = [
    ...wrap(printableSentence(`${answer}.`), width),
    "",
    ...(table.length === 0 ? [] : [...tableLines(columns, table, width), ""]),
    ...reasonsOf(leftOut).flatMap((text, i) => paragraph(i === 0 ? "left out" : "", text)),
    ...paragraph("method", `${method.name} ${method.source}: ${method.formula}`),
    ...paragraph("claim", method.claim),
    ...warnings.flatMap((warning, i) => paragraph(i === 0 ? "warnings" : "", `${warning}.`)),
    ...(written.length > 0
      ? files.flatMap(({ use }, i) => paragraph(i === 0 ? "wrote" : "", `${written[i]}: ${use}`))
      : files.length > 0
        ? paragraph("files", `give --out <folder> for ${files.map(({ name }) => name).join(", ")}`)
        : []),
  ];
  return `${lines.join("\n")}\n`;
}

function tableLines(columns: readonly AdviceColumn[], rows: readonly AdviceRow[], width: number): string[] {
  const [nameColumn, ...others] = columns;
  const cells = others.map((column) => rows.map((row) => cellText(row[column.key] ?? null, column)));
  const widths = others.map(({ heading }, i) => Math.max(textWidth(heading), widest(cells[i])));
  const taken = widths.reduce((sum, each) => sum + each + GAP.length, 0);
  const names = shortenNames(
    rows.map(({ name }, id) => ({ id, name: printable(name) })),
    Math.max(MIN_NAME_WIDTH, width - taken),
  );
  const nameWidth = Math.max(textWidth(nameColumn.heading), widest(names));
  const line = (name: string, texts: readonly string[]): string =>
    [pad(name, nameWidth, "left"), ...texts.map((text, i) => pad(text, widths[i], others[i].align))]
      .join(GAP)
      .trimEnd();
  return [
    line(
      nameColumn.heading,
      others.map(({ heading }) => heading),
    ),
    ...names.map((name, r) =>
      line(
        name,
        cells.map((texts) => texts[r]),
      ),
    ),
  ].map((text) => cut(text, width));
}

function cellText(value: AdviceValue, { digits = 3 }: AdviceColumn): string {
  if (value === null) return NOT_AVAILABLE;
  return typeof value === "number" ? numberText(value, digits) : printable(String(value));
}

/** One sentence per reason, with the first names that it holds for. */
function reasonsOf(leftOut: readonly LeftOut[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of leftOut) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason].map(([reason, names]) => {
    const more = names.length > MOST_NAMED ? " ..." : "";
    return `${plural(names.length, "layer")} (${names.slice(0, MOST_NAMED).join(", ")}${more}): ${reason}`;
  });
}
