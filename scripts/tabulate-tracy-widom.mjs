// Tabulates the Tracy-Widom law, beta = 1, as Chebyshev series from its Fredholm determinant
// (rmt/tracy-widom-determinant.ts), and writes src/rmt/tracy-widom-table.ts. Needs a built package:
// npm run build && node scripts/tabulate-tracy-widom.mjs (a second)
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tracyWidomByDeterminant } from "../dist/rmt/tracy-widom-determinant.js";

/** Ends of the pieces: F1 itself up to 0, ln(1 - F1) beyond. */
const CDF_ENDS = [-12, -8, -5, -2, 0];
const LOG_SURVIVAL_ENDS = [0, 2, 6, 12, 26];
const NODES = 32;
/** Coefficients below this share of the largest are left out: the determinant itself errs by as much. */
const NOISE = 2 ** -47;

/** Chebyshev coefficients of f on [from, to], by interpolation at the zeros of T_NODES. */
function series(f, from, to) {
  const angle = (j) => (Math.PI * (j + 0.5)) / NODES;
  const values = Array.from({ length: NODES }, (_, j) => f((from + to) / 2 + ((to - from) / 2) * Math.cos(angle(j))));
  const coefficients = values.map((_, k) => {
    const sum = values.reduce((total, value, j) => total + value * Math.cos(k * angle(j)), 0);
    return ((k === 0 ? 1 : 2) * sum) / NODES;
  });
  const largest = Math.max(...coefficients.map(Math.abs));
  const count = coefficients.findLastIndex((value) => Math.abs(value) > NOISE * largest) + 1;
  console.error(`${from} to ${to}: ${count} coefficients, the last ${coefficients[count - 1].toExponential(1)}`);
  return coefficients.slice(0, count);
}

function pieces(ends, f) {
  return ends.slice(1).map((to, i) => ({ from: ends[i], to, coefficients: series(f, ends[i], to) }));
}

function written(name, doc, list) {
  const rows = list.map(
    ({ from, to, coefficients }) =>
      `  {\n    from: ${from},\n    to: ${to},\n    coefficients: ` +
      `[\n${coefficients.map((value) => `      ${value},`).join("\n")}\n    ],\n  },`,
  );
  return `/** ${doc} */\nexport const ${name}: readonly ChebyshevPiece[] = [\n${rows.join("\n")}\n];\n`;
}

writeFileSync(
  fileURLToPath(new URL("../src/rmt/tracy-widom-table.ts", import.meta.url)),
  `// Written by scripts/tabulate-tracy-widom.mjs; do not edit.

/** A Chebyshev series sum_k coefficients[k] T_k(x), x = (2 s - from - to)/(to - from). */
export interface ChebyshevPiece {
  readonly from: number;
  readonly to: number;
  readonly coefficients: readonly number[];
}

${written(
  "CDF_PIECES",
  "F1(s).",
  pieces(CDF_ENDS, (s) => tracyWidomByDeterminant(s).cdf),
)}
${written(
  "LOG_SURVIVAL_PIECES",
  "ln(1 - F1(s)).",
  pieces(LOG_SURVIVAL_ENDS, (s) => Math.log(tracyWidomByDeterminant(s).survival)),
)}`,
);
