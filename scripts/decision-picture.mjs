// The picture of docs/theory/phases.md: how the phase of one real layer was decided. Needs a built package:
//   node scripts/decision-picture.mjs [examples/digits_b4.safetensors] [0] [docs/pictures/decision.svg]
import { writeFileSync } from "node:fs";
import { analyze } from "../dist/node/index.js";
import { decisionChart } from "../dist/report/charts/decision-chart.js";
import { standaloneSvg } from "../dist/report/charts/standalone-svg.js";

const [model = "examples/digits_b4.safetensors", index = "0", out = "docs/pictures/decision.svg"] =
  process.argv.slice(2);
const { layers } = await analyze(model).report();
const { name, phase, phase_confidence, phase_path } = layers[Number(index)];
const chart = decisionChart(phase_path, { width: 640, decided: { phase, confidence: phase_confidence } });
writeFileSync(out, `${standaloneSvg(chart).replaceAll("><", ">\n<")}\n`);
console.log(`${out}: layer ${name}, ${phase}`);
