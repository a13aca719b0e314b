import { unpaced } from "../bytes/pace.js";
import { standsOutInSteps } from "./findings/findings.js";
import { layerGroups } from "./groups/layer-groups.js";
import type { LayerResult } from "./layer-result.js";
import type { ResolvedOptions } from "./options.js";
import { type Report, SCHEMA_VERSION, type SkippedRecord } from "./report.js";
import { summaryOf } from "./summary.js";
import { VERSION } from "./version.js";

/** What a report is made of. */
export interface ReportParts {
  readonly input: Report["input"];
  /** The engine is the one that was used. */
  readonly options: ResolvedOptions;
  /** In the report's order. */
  readonly results: readonly LayerResult[];
  readonly skipped: readonly SkippedRecord[];
}

/**
 * The report of an analysis, whether its layers were just solved or come from a run's folder. The event loop has turns.
 */
export async function assembleReport({ input, options, results, skipped }: ReportParts): Promise<Report> {
  const layers = results.map((result) => result.record);
  // 30 KB of reference values, which `describe` never needs.
  const { referenceOfInSteps } = await import("./atlas/reference.js");
  const standsOut = await unpaced().run(standsOutInSteps(layers));
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: "eigenscope", version: VERSION },
    input,
    options: { ...options },
    conventions: { eigenvalues: "W'W", logarithms: "log10" },
    layers,
    skipped,
    groups: layerGroups(layers),
    findings: standsOut.findings,
    summary: summaryOf(layers, skipped, standsOut),
    reference: await unpaced().run(referenceOfInSteps(layers)),
  };
}
