// The library in ten lines: an async stream of layers, then the whole report. Run with: node examples/library.mjs
// [path]
import { analyze } from "eigenscope";

const path = process.argv[2] ?? new URL("./digits_b4.safetensors", import.meta.url).pathname;
const analysis = analyze(path);

for await (const { record } of analysis) {
  const alpha = record.alpha_valid ? record.alpha.toFixed(2) : "n/a";
  console.log(`${record.name}: ${record.phase ?? "undecided"}, alpha ${alpha}. ${record.phase_reason}`);
}

const { summary } = await analysis.report();
console.log(
  `${summary.analysed} layers; mean alpha ${summary.alpha.mean?.toFixed(2) ?? "n/a"} over ` +
    `${summary.alpha.layers} of them.`,
);
