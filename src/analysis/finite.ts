import type { LayerRecord, Report, ReportSummary } from "./report.js";

/**
 * A layer in which every number is finite. NaN and infinities, which JSON and CSV cannot represent, become null, and a
 * note names the field and its value. No field should hold one, but an error here would lose an hour's analysis.
 */
export function finiteLayer(layer: LayerRecord): LayerRecord {
  const notes: string[] = [];
  const finite = finiteFields(layer, (field, value) => notes.push(`${field} was ${value}, not a finite number`));
  return notes.length === 0 ? layer : { ...finite, notes: [...layer.notes, ...notes] };
}

/** A report in which every number is finite. */
export function finiteReport(report: Report): Report {
  return { ...report, layers: report.layers.map(finiteLayer), summary: finiteSummary(report.summary) };
}

/** A summary in which every number is finite. */
export function finiteSummary(summary: ReportSummary): ReportSummary {
  return finiteFields(summary, () => {});
}

function finiteFields<T extends object>(record: T, onFound: (field: string, value: number) => void): T {
  const entries = Object.entries(record).map(([field, value]) => {
    if (typeof value === "number" && !Number.isFinite(value)) {
      onFound(field, value);
      return [field, null];
    }
    if (value === null || typeof value !== "object" || Array.isArray(value)) return [field, value];
    return [field, finiteFields(value, (inner, found) => onFound(`${field}.${inner}`, found))];
  });
  return Object.fromEntries(entries) as T;
}
