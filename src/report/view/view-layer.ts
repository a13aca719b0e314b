import type { LayerState } from "../../analysis/events/run-state.js";
import type { Finding } from "../../analysis/findings/finding.js";
import type { Report } from "../../analysis/report.js";
import type { SmallPicture } from "../../analysis/small-picture.js";
import { type PhaseLabel, phaseLabelOf } from "../phase-style.js";
import { shortNames } from "./layer-names.js";

/** A layer as the views show it. */
export interface ViewLayer extends Pick<LayerState, "outline" | "record" | "picture"> {
  /** Place in the report's order, from 0. */
  readonly index: number;
  /** Its name without what all layers have in common. */
  readonly short: string;
  /** The block that its name tells: `mixed4`, `encoder.3`. "" if it tells none. */
  readonly block: string;
  /** null until it is done. */
  readonly label: PhaseLabel | null;
  /** What stands out in it, worst first. */
  readonly findings: readonly Finding[];
}

/**
 * The layers of a state of events, each with what stands out in it. `before`: those of an earlier state. A layer of
 * which nothing has changed since is the same object, so that what shows it need not be drawn again.
 */
export function viewLayers(
  layers: readonly Pick<LayerState, "outline" | "record" | "picture">[],
  findings: readonly Finding[] = [],
  before: readonly ViewLayer[] = [],
): ViewLayer[] {
  const short = namesOf(layers, before);
  const found = new Map<string, Finding[]>();
  for (const finding of findings) {
    const own = found.get(finding.layer);
    if (own === undefined) found.set(finding.layer, [finding]);
    else own.push(finding);
  }
  return layers.map(({ outline, record, picture }, index) => {
    const own = (record === null ? undefined : found.get(record.longname)) ?? [];
    const last = before[index];
    const same = last?.outline === outline && last.record === record && last.picture === picture;
    if (same && last.short === short[index] && areAlike(last.findings, own)) return last;
    return {
      outline,
      record,
      picture,
      index,
      short: short[index],
      block: blockOf(outline, record),
      label: record === null ? null : phaseLabelOf(record),
      findings: own,
    };
  });
}

/** The short names: those of before while the layers are the same. */
function namesOf(layers: readonly Pick<LayerState, "outline">[], before: readonly ViewLayer[]): readonly string[] {
  const same = layers.length === before.length && layers.every(({ outline }, k) => outline === before[k].outline);
  return same ? before.map(({ short }) => short) : shortNames(layers.map(({ outline }) => outline.name));
}

/** Whether they say the same: findings are made anew at each state. */
function areAlike(a: readonly Finding[], b: readonly Finding[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ kind, what, certainty }, k) => {
      const other = b[k];
      return kind === other.kind && what === other.what && certainty === other.certainty;
    })
  );
}

/** The layers of a report. `pictures` in its order; without them, or with nulls, no spectra are drawn. */
export function reportLayers(
  { layers, findings }: Pick<Report, "layers" | "findings">,
  pictures: readonly (SmallPicture | null)[] = [],
): ViewLayer[] {
  const states = layers.map((record, k) => ({
    outline: { ...record, work: 0 },
    record,
    picture: pictures[k] ?? null,
  }));
  return viewLayers(states, findings);
}

function blockOf({ block, block_name }: ViewLayer["outline"], record: ViewLayer["record"]): string {
  return record?.block_name ?? block_name ?? (block === null ? "" : `block ${block}`);
}
