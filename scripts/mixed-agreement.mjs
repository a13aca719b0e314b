// node scripts/mixed-agreement.mjs PATH...: the layers of networks stored in f32, solved in f64 and in mixed precision.
// Prints, for tall layers (Q from 4/3) and for the others, how many change their phase, and for each column how many
// layers differ by more than 1e-4 of its value, so that one can judge where "auto" may take "mixed". Needs a built
// package.
import { analyze } from "../dist/node/index.js";

const TALL = 4 / 3;
const TOLERANCE = 1e-4;
/** These name the arithmetic, or its rounding noise. */
const OF_THE_ARITHMETIC = new Set(["precision", "resolved_floor", "unresolved", "notes", "route"]);

const groups = { tall: newGroup(), others: newGroup() };
function newGroup() {
  return { layers: 0, again: 0, phases: [], columns: new Map() };
}

for (const path of process.argv.slice(2)) {
  const [exact, mixed] = await Promise.all(["f64", "mixed"].map((precision) => rowsOf(path, precision)));
  for (const [i, a] of exact.entries()) {
    const b = mixed[i];
    if (a.status !== "success" || a.dtype !== "F32" || a.route === "lanczos") continue;
    const group = a.Q >= TALL ? groups.tall : groups.others;
    group.layers++;
    if (b.precision === "f64") group.again++;
    if (a.phase !== b.phase) group.phases.push(`${path} ${a.name} ${a.N}x${a.M}: ${a.phase} -> ${b.phase}`);
    for (const [column, value] of Object.entries(a)) {
      const other = b[column];
      if (OF_THE_ARITHMETIC.has(column) || isClose(value, other)) continue;
      const differing = group.columns.get(column) ?? { count: 0, most: 0, example: "" };
      const by = Math.abs(value - other) / Math.max(Math.abs(value), Math.abs(other));
      group.columns.set(column, {
        count: differing.count + 1,
        most: Math.max(differing.most, Number.isFinite(by) ? by : 1),
        example: differing.example || `${a.name} ${a.N}x${a.M}: ${value} -> ${other}`,
      });
    }
  }
}

async function rowsOf(path, precision) {
  return (await analyze(path, { engine: "wasm", precision }).report()).layers;
}

function isClose(a, b) {
  if (a === b || typeof a === "object" || typeof a === "string") return true;
  if (a === null || b === null || a === undefined) return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

for (const [name, { layers, again, phases, columns }] of Object.entries(groups)) {
  console.log(`${name}: ${layers} layers, ${again} of them done again in f64; ${phases.length} phases differ`);
  for (const line of phases) console.log(`  ${line}`);
  for (const [column, { count, most, example }] of [...columns].sort((x, y) => y[1].count - x[1].count))
    console.log(
      `  ${column.padEnd(24)} ${String(count).padStart(4)} layers, at most ${most.toExponential(1)}; ${example}`,
    );
}
