import { linesChart, type PhaseLabel, STYLE } from "../../report/page-parts.js";

/** One point of the sweep over the epochs, as means over its seeds. */
export interface EpochLine {
  readonly label: string;
  /** The phase at the end, which gives its colour. */
  readonly phaseLabel: PhaseLabel;
  readonly values: readonly { readonly epoch: number; readonly value: number }[];
}

const SIZE = { width: 460, height: 290 } as const;

/**
 * A number against the epochs, one line per point of the sweep. The square root gives more room to the first epochs,
 * where most changes happen. Empty if no line has two epochs.
 */
export function epochChart(title: string, given: readonly EpochLine[]): string {
  const lines = given.filter(({ values }) => values.length > 1);
  if (lines.length === 0) return "";
  const last = Math.max(...lines.flatMap(({ values }) => values.map(({ epoch }) => epoch)));
  const chart = linesChart(
    lines.map(({ label, phaseLabel, values }) => ({
      name: label,
      colour: STYLE[phaseLabel].colour,
      points: values.map(({ epoch, value }) => ({ x: Math.sqrt(epoch), y: value, phase: phaseLabel })),
    })),
    {
      ...SIZE,
      title,
      xTitle: "epoch",
      domainX: [0, Math.max(1e-9, Math.sqrt(last))],
      ticksX: epochTicks(last).map((epoch) => ({ value: Math.sqrt(epoch), text: String(epoch) })),
    },
  );
  return chart?.svg ?? "";
}

function epochTicks(last: number): number[] {
  const ticks = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].filter((tick) => tick <= last);
  // On a square-root axis, ticks below about a fortieth of the end would overlap.
  return ticks.filter((tick) => tick === 0 || Math.sqrt(tick / last) > 0.15);
}
