import type { Report } from "../analysis/report.js";
import { hasSpectrum } from "../analysis/summary.js";
import { architectureOfLayers, assembleRanking, type RankedOne } from "./assemble-ranking.js";
import { shortNames } from "./names.js";
import type { SortOptions } from "./order.js";
import type { Ranking } from "./ranking.js";
import { summariseModel } from "./summarise-model.js";

/** A model whose rows are known. */
export interface ReportToRank {
  /** As the user named it. */
  readonly path: string;
  readonly report: Pick<Report, "layers" | "options" | "input">;
  readonly score?: number | undefined;
}

/**
 * Ranks models whose rows are known, without their weights: the ranking of `rankModels`, but for WeightWatcher's means
 * where a fit failed (`weightWatcherSummary`). Pure. Throws `RangeError` for an unknown column to sort by.
 */
export function rankReports(reports: readonly ReportToRank[], order: SortOptions = {}): Ranking {
  const names = shortNames(reports.map(({ path }) => path));
  const ranked = reports.map(({ path, report: { layers, options, input }, score }, k): RankedOne => {
    const solved = layers.filter(hasSpectrum).length;
    const reason = solved > 0 ? null : `no layer has a spectrum: ${layers[0]?.reason ?? "no layer was analysed"}`;
    return {
      model: {
        ...summariseModel(layers.map((record) => ({ record }))),
        ...{ name: names[k], path, family: null, score: score ?? null },
        ...{ status: solved > 0 ? "success" : "failed", reason, solved: 0, reused: solved, warnings: input.warnings },
      },
      ...(solved > 0 && { architecture: architectureOfLayers(layers) }),
      options,
    };
  });
  return assembleRanking(ranked, order);
}
