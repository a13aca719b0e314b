import { printable } from "../../bytes/errors.js";
import {
  NOT_AVAILABLE,
  numberText,
  pad,
  painter,
  paintPhase,
  phaseLabelOf,
  plural,
  plusMinus,
  textWidth,
  wrap,
} from "../../report/text-parts.js";
import type { Run } from "../experiments/run-record.js";
import { denseLayers } from "../experiments/settings-network.js";
import { type RunRow, runRow } from "./run-row.js";
import { axisName, axisValue, compareSettings, variedAxes } from "./sort-runs.js";

interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
  readonly cell: (row: RunRow) => string;
  /** If the terminal is narrow, columns are dropped in this order, highest first. 0 is never dropped. */
  readonly dropOrder: number;
}

const NUMBERS: readonly Column[] = [
  { heading: "train", align: "right", dropOrder: 0, cell: ({ epoch }) => share(epoch.train?.accuracy) },
  { heading: "test", align: "right", dropOrder: 0, cell: ({ epoch }) => share(epoch.test?.accuracy) },
  { heading: "phase", align: "left", dropOrder: 0, cell: ({ fc1 }) => phaseLabelOf(fc1) },
  {
    heading: "sure",
    align: "right",
    dropOrder: 5,
    cell: ({ fc1 }) => percent(fc1.phase === null ? null : fc1.phase_confidence),
  },
  { heading: "spikes", align: "right", dropOrder: 0, cell: ({ fc1 }) => numberText(fc1.spikes) },
  {
    heading: "max/edge",
    align: "right",
    dropOrder: 2,
    cell: ({ edgeRatio }) => edgeRatio?.toFixed(2) ?? NOT_AVAILABLE,
  },
  {
    heading: "alpha",
    align: "right",
    dropOrder: 1,
    cell: ({ fc1: { alpha, alpha_valid, sigma } }) =>
      alpha_valid && alpha !== null ? plusMinus(alpha, sigma) : NOT_AVAILABLE,
  },
  { heading: "stable", align: "right", dropOrder: 3, cell: ({ fc1 }) => numberText(fc1.stable_rank) },
  {
    heading: "entropy",
    align: "right",
    dropOrder: 4,
    cell: ({ fc1 }) => fc1.matrix_entropy?.toFixed(3) ?? NOT_AVAILABLE,
  },
];

/**
 * The runs of a sweep as a table for a terminal, one run per line, in the order of the axes. Then notes on single runs.
 */
export function renderRuns(
  runs: readonly Run[],
  { width = 80, color = false }: { readonly width?: number; readonly color?: boolean } = {},
): string {
  const rows = runs
    .slice()
    .sort((a, b) => compareSettings(a.settings, b.settings))
    .map(runRow)
    .filter((row) => row !== undefined);
  if (rows.length === 0) return "No run has recorded anything yet.\n";
  const paint = painter(color);
  const columns = columnsFor(rows, width);
  const widths = columns.map(({ heading, cell }) =>
    Math.max(heading.length, ...rows.map((row) => textWidth(cell(row)))),
  );
  const line = (cells: readonly string[]): string => cells.join("  ").trimEnd();
  const heading = line(columns.map((column, i) => pad(column.heading, widths[i], column.align)));
  const body = rows.map((row) =>
    line(
      columns.map((column, i) => {
        const text = pad(column.cell(row), widths[i], column.align);
        return column.heading === "phase" ? paintPhase(text, phaseLabelOf(row.fc1), paint) : text;
      }),
    ),
  );
  const [fc1] = denseLayers(rows[0].run.settings.network);
  const { N, M } = rows[0].fc1;
  const notes = [
    `Phase and numbers of ${fc1}, ${N} x ${M}; train and test are accuracies; max/edge is lambda_max / lambda_plus.`,
    ...remarks(rows),
  ];
  return `${[paint.bold(heading), ...body, ...notes.flatMap((note) => wrap(note, width))].join("\n")}\n`;
}

function columnsFor(rows: readonly RunRow[], width: number): Column[] {
  const axes = [...new Set([...variedAxes(rows.map(({ run }) => run)), "batch" as const, "seed" as const])];
  const settings = axes.map(
    (axis): Column => ({
      heading: axisName(axis),
      align: "right",
      dropOrder: 0,
      cell: ({ run }) => axisValue(run.settings, axis),
    }),
  );
  let columns = [
    ...settings.filter(({ heading }) => heading !== "seed"),
    ...settings.filter(({ heading }) => heading === "seed"),
    ...NUMBERS,
  ];
  const taken = (): number =>
    columns.reduce(
      (sum, { heading, cell }) => sum + 2 + Math.max(heading.length, ...rows.map((row) => cell(row).length)),
      -2,
    );
  for (let dropOrder = 5; dropOrder > 0 && taken() > width; dropOrder--) {
    columns = columns.filter((column) => column.dropOrder !== dropOrder);
  }
  return columns;
}

function remarks(rows: readonly RunRow[]): string[] {
  const unfinished = rows
    .filter(({ run }) => !run.finished)
    .map(({ run, epoch }) => `${printable(run.id)} (epoch ${epoch.epoch} of ${run.settings.epochs})`);
  const unlearned = rows.filter(({ learned }) => !learned).map(({ run }) => printable(run.id));
  return [
    unfinished.length > 0 && `Not finished: ${unfinished.join(", ")}.`,
    unlearned.length > 0 &&
      `${plural(unlearned.length, "run has", "runs have")} not learned (train accuracy near chance), so the ` +
        `spectrum says nothing about phases: ${unlearned.join(", ")}.`,
  ].filter((remark) => remark !== false);
}

const share = (value: number | undefined): string => value?.toFixed(3).replace(/^0/, "") ?? NOT_AVAILABLE;
const percent = (value: number | null): string => (value === null ? "" : `${Math.round(100 * value)}%`);
