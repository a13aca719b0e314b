import {
  EVENTS_VERSION,
  type Report,
  type RunEvent,
  readReportJson,
  type SmallPicture,
} from "#eigenscope/analysis/index.js";
import { identityOf } from "./identity.js";
import type { ModelSource } from "./source.js";

/** A JSON report of the command line: all rows, but no eigenvalues. */
export async function reportSource(file: File): Promise<ModelSource> {
  return {
    id: await identityOf(file),
    label: file.name,
    kind: "file",
    async start(onEvent: (event: RunEvent) => void): Promise<Report> {
      const report = readReportJson(await file.text(), { name: file.name });
      const pictures = picturesIn(report);
      const place = { version: EVENTS_VERSION, writer: "report", checkpoint: file.name } as const;
      const { layers, skipped } = report;
      onEvent({
        ...place,
        seq: 1,
        type: "planned",
        label: report.input.label,
        layers: layers.map((layer) => ({ ...layer, work: 0 })),
        skipped,
      });
      for (const [k, record] of layers.entries())
        onEvent({ ...place, seq: k + 2, type: "layer", record, picture: pictures[k] ?? null, reused: true });
      return report;
    },
    detail: async () => null,
  };
}

/** The small pictures that the application's own export has beside the report; none in a report of the command line. */
function picturesIn(report: Report & { readonly pictures?: unknown }): readonly (SmallPicture | null)[] {
  const { pictures, layers } = report;
  return Array.isArray(pictures) && pictures.length === layers.length ? pictures : [];
}
