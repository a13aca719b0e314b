// The picture of docs/theory/phases.md: how the phase of one real layer was decided. Needs a built package:
//   node scripts/decision-picture.mjs [examples/digits_b4.safetensors] [0] [docs/pictures/decision.svg]
import { writeFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { analyze } from "../dist/node/index.js";
import { decisionChart } from "../dist/report/charts/decision-chart.js";

const [model = "examples/digits_b4.safetensors", index = "0", out = "docs/pictures/decision.svg"] =
  process.argv.slice(2);
const { layers } = await analyze(model).report();
const { document } = parseHTML("<!doctype html><html><body></body></html>");
const { name, phase, phase_path } = layers[Number(index)];
// By itself it has no page to take its colours from.
const svg = decisionChart(phase_path, { document })
  .replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" color="#1f2328" ')
  .replace(/style="font-size:\s*13px"/, 'style="font-size:13px;background:#ffffff"')
  .replaceAll("var(--chart-spike)", "#b3462a");
writeFileSync(out, `${svg.replaceAll("><", ">\n<")}\n`);
console.log(`${out}: layer ${name}, ${phase}`);
