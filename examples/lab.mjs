// A small sweep of the lab in a folder, its table and its page. The same folder again: only what is missing is trained.
// Run with: node examples/lab.mjs [folder]
import { writeFile } from "node:fs/promises";
import { planSweep, preset, renderRuns, withOverrides } from "eigenscope/lab";
import { runSweep, sweepPage } from "eigenscope/lab/node";

const folder = process.argv[2] ?? "lab-runs/example";
const experiment = withOverrides(preset("synthetic/batch-size"), { axes: { batch: [32, 4], seed: [1] }, epochs: 2 });

const sweep = await runSweep(experiment, planSweep(experiment), {
  folder,
  onEvent: (event) => event.type === "finished" && console.log(`${event.id} is trained`),
});
console.log(renderRuns(sweep.runs, { width: 80, color: false }));
await writeFile(`${folder}/report.html`, await sweepPage(sweep));
console.log(`the page: ${folder}/report.html`);
