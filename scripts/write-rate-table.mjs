// node scripts/write-rate-table.mjs calibration.json: writes src/cli/rate-table.ts, by which times are estimated where
// a machine was not calibrated, from what `eigenscope doctor --calibrate --json calibration.json` measured.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OUT = fileURLToPath(new URL("../src/cli/rate-table.ts", import.meta.url));
const { machine, measuredAt, start, model, file, readBytesPerSecond, crowding, engines } = JSON.parse(
  readFileSync(process.argv[2], "utf8"),
);
const rates = { start, model, file, readBytesPerSecond, crowding, engines };
const text = JSON.stringify(rates, (_, value) => (typeof value === "number" ? Number(value.toPrecision(3)) : value), 2);

writeFileSync(
  OUT,
  `import type { EngineRates, Rates } from "./rates.js";

/**
 * What \`doctor --calibrate\` measured on ${machine.processor}, ${machine.cores} cores, on ${measuredAt.slice(0, 10)}.
 * Written by scripts/write-rate-table.mjs.
 */
const MEASURED = ${text} as const;

/** The reference engine was not measured: it is about ten times slower than WebAssembly in f64. */
const REFERENCE = 10;

function reference({ points, ...rates }: EngineRates): EngineRates {
  const slow = points.f64.map(({ M, matrix, row }) => ({ M, matrix: REFERENCE * matrix, row: REFERENCE * row }));
  return { ...rates, points: { f64: slow, mixed: slow, f32: slow } };
}

/** The speed of one machine, for estimates where this one was not calibrated. */
export const RATE_TABLE: Rates = {
  ...MEASURED,
  engines: { ...MEASURED.engines, reference: reference(MEASURED.engines.wasm) },
};
`,
);
const { status } = spawnSync("npx", ["biome", "check", "--write", OUT], { stdio: "inherit" });
process.exitCode = status ?? 1;
