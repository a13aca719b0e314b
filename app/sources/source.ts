import type { LayerDetail, Report, RunEvent } from "#eigenscope/analysis/index.js";

/** Where a model's results come from. Everything that a view shows comes through one of these. */
export interface ModelSource {
  /** Part of the page's address, and the key under which results are kept. */
  readonly id: string;
  /** The file's name, the model's name on a hub, the folder's name. */
  readonly label: string;
  readonly kind: "page" | "file" | "run" | "serve" | "stored";
  /**
   * Begins. Events come until the promise settles: with the report when all layers are done, with null where there is
   * none (a run folder that is not complete). Rejects with a sentence for the reader, or with the reason of `signal`.
   */
  start(onEvent: (event: RunEvent) => void, signal: AbortSignal): Promise<Report | null>;
  /** The eigenvalues and fits of a layer. null where they are not known: a JSON report has none. */
  detail(layerId: number): Promise<LayerDetail | null>;
}
