import { join } from "node:path";
import { renderRuns, runRow } from "../lab/index.js";
import { readSweep, sweepPage } from "../node/lab/index.js";
import { jsonText, printableSentence } from "../report/text-parts.js";
import { EXIT } from "./exit-codes.js";
import { assertOutsideRuns } from "./lab-folders.js";
import type { LabReportFlags } from "./lab-program.js";
import { assertWritable, writeWhole } from "./output-file.js";
import { writeStdout } from "./stdout.js";
import { readTerminal } from "./terminal.js";

/**
 * `eigenscope lab report`: writes the page of a folder of runs and prints its table. For a sweep that is still
 * running, they show what is done so far.
 */
export async function labReportCommand(
  folder: string,
  { output = join(folder, "report.html"), ...flags }: LabReportFlags,
): Promise<number> {
  const sweep = await readSweep(folder);
  await assertWritable(output);
  await assertOutsideRuns(output, folder);
  await writeWhole(output, await sweepPage(sweep));
  if (flags.json) {
    for (const run of sweep.runs) {
      const row = runRow(run);
      if (row !== undefined) writeStdout(jsonText({ run: run.id, finished: run.finished, ...row.epoch }));
    }
  } else if (!flags.quiet) writeStdout(renderRuns(sweep.runs, readTerminal({ ...flags, progress: false }, process)));
  if (!flags.quiet) process.stderr.write(`eigenscope: wrote ${printableSentence(output)}\n`);
  return EXIT.done;
}
