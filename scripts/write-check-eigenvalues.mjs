// Writes src/node/native/cross-check-eigenvalues.ts: what the reference engine finds for the matrices of the check that
// the native library passes before it is used. Run it on a built package after the matrices have changed.
import { writeFileSync } from "node:fs";

const file = new URL("../src/node/native/cross-check-eigenvalues.ts", import.meta.url);
const { checkMatrices } = await import("../dist/node/native/cross-check.js");
const { createReferenceEngine } = await import("../dist/spectra/index.js");

const engine = createReferenceEngine();
const entries = checkMatrices().map((matrix) => {
  const task = engine.begin({ count: 1, ...matrix }, { precision: "f64" });
  task.push(matrix.values);
  const values = [...task.finish().eigenvalues];
  const lines = [];
  for (let k = 0; k < values.length; k += 4) lines.push(`    ${values.slice(k, k + 4).join(", ")},`);
  return `  // biome-ignore format: four numbers in a line\n  ${matrix.name}: [\n${lines.join("\n")}\n  ],`;
});
writeFileSync(
  file,
  `/**
 * Eigenvalues of W'W, ascending, of the matrices of the check (\`checkMatrices\`) by the reference engine. Written by
 * scripts/write-check-eigenvalues.mjs; test/node/native/cross-check.test.ts computes them again.
 */
export const CHECK_EIGENVALUES = {
${entries.join("\n")}
} as const satisfies Readonly<Record<string, readonly number[]>>;
`,
);
