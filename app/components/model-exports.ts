import type { Report } from "#eigenscope/analysis/index.js";
import { renderCsv, renderJson, renderSummary, reportParquet } from "#eigenscope/report/index.js";
import type { OpenModel } from "../state/models.js";
import type { Export } from "./export-menu.js";
import { copyText, fileName, save } from "./save.js";
import { say } from "./toast.js";

/** What can be taken from a model when all of its layers are done. */
export function modelExports(model: OpenModel): readonly Export[] {
  const name = fileName(model.source.label);
  const whole =
    (use: (report: NonNullable<typeof model.report.value>) => void | Promise<void>) => async (): Promise<void> => {
      if (model.report.value === null) say("Not all layers are done yet");
      else await use(model.report.value);
    };
  return [
    { name: "The numbers as CSV", run: whole((report) => save(`${name}.csv`, renderCsv(report.layers), "text/csv")) },
    {
      name: "The report as JSON",
      run: whole((report) => save(`${name}.json`, renderJson(report), "application/json")),
    },
    {
      name: "All results as one file, to open here again",
      run: whole((report) => save(`${name}.eigenscope.json`, withPictures(model, report), "application/json")),
    },
    {
      name: "The numbers as Parquet",
      run: whole(async (report) =>
        save(`${name}.parquet`, (await reportParquet(report)) as BlobPart, "application/vnd.apache.parquet"),
      ),
    },
    { name: "Copy a summary as text", run: whole((report) => copyText(renderSummary(report))) },
  ];
}

/** The report with the small pictures of its layers beside it. */
function withPictures({ run }: OpenModel, report: Report): string {
  const layers = run.value.checkpoints.at(-1)?.layers ?? [];
  const byId = new Map(layers.map(({ outline, picture }) => [outline.layer_id, picture]));
  const pictures = report.layers.map(({ layer_id }) => byId.get(layer_id) ?? null);
  return JSON.stringify({ ...JSON.parse(renderJson(report)), pictures });
}
