// What eigenscope reads of each network, beside what another reader finds (read-elsewhere.py): every tensor, every
// layer with its shape, and the largest eigenvalue of each layer. Prints a table and one line for each difference.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openModel } from "../../dist/analysis/open-model.js";
import { resolveOptions } from "../../dist/analysis/options.js";
import { analyze } from "../../dist/node/index.js";
import { namedFiles } from "../../dist/node/open-input.js";

const READ_ELSEWHERE = fileURLToPath(new URL("read-elsewhere.py", import.meta.url));
/** Debian's, which has the packages; any other is named in the environment. */
const PYTHON = process.env.PYTHON ?? "/usr/bin/python3";

/**
 * Both sides compute in doubles from the same stored values. Weights that are codes with scales were rounded to singles
 * on the way, by up to 2^-24 of each entry and perhaps on one side only.
 */
const RELATIVE = { stored: 1e-9, codes: 1e-6 };

/** Reasons to leave out what the other reader, which goes by names and shapes, takes for a weight. */
const NO_WEIGHT = /optimizer|depthwise|tied with|1 eigenvalue|signal transform|a vector|biases by relative position/;

/** What Python reports last on stderr, or the message of an error of our own. */
function lastLine({ stderr, message }) {
  return String(stderr ?? message)
    .trim()
    .split("\n")
    .at(-1);
}

/** Checks the networks named, prints the table, and returns the number of differences. */
export async function check(cache, names) {
  const print = (cells) => console.log(`| ${cells.join(" | ")} |`);
  const header = ["network", "format", "other reader", "tensors", "layers", "largest relative difference"];
  print(header);
  print(header.map(() => "---"));
  const differences = [];
  const found = names.filter((each) => existsSync(join(cache, each)));
  for (const name of found) {
    try {
      const { row, wrong } = await compare(join(cache, name));
      print([name, ...row]);
      differences.push(...wrong.map((text) => `${name}: ${text}`));
    } catch (cause) {
      // One side cannot read it: a difference, and the other networks are compared all the same.
      differences.push(`${name}: ${lastLine(cause)}`);
    }
  }
  for (const text of differences) console.log(`DIFFERENT  ${text}`);
  console.log(`${found.length} networks, ${differences.length} differences`);
  return differences.length;
}

async function compare(path) {
  const other = readElsewhere(path);
  // In doubles: what is compared is the reading, not the arithmetic (scripts/mixed-agreement.mjs).
  const options = { minEigenvalues: 2, precision: "f64" };
  const model = await openModel(await namedFiles(path), resolveOptions(options));
  const { layers, skipped } = model;
  const { format } = model.file;
  await model.file.close();
  const { layers: rows } = await analyze(path, options).report();
  const lambdaMax = new Map(rows.map((row) => [row.name, row.lambda_max]));
  const wrong = [...lostTensors(other, { layers, skipped }), ...lostWeights(other, { layers, skipped })];
  let largest = 0;
  for (const [tensor, parts] of groups(layers)) {
    const expected = other.layers[tensor];
    if (expected === undefined || expected.length !== parts.length) {
      wrong.push(`${tensor}: ${parts.length} layers, elsewhere ${expected?.length ?? "no weight"}`);
      continue;
    }
    for (const [k, layer] of parts.entries()) {
      const [N, M, rf, expectedMax] = expected[k];
      const found = `${layer.N} x ${layer.M}, ${layer.rf}`;
      if (found !== `${N} x ${M}, ${rf}`) wrong.push(`${layer.name}: ${found}, elsewhere ${N} x ${M}, ${rf}`);
      const difference = Math.abs((lambdaMax.get(layer.name) ?? Number.NaN) / expectedMax - 1);
      largest = Math.max(largest, difference);
      // A NaN is a difference too.
      if (!(difference <= (layer.quantised ? RELATIVE.codes : RELATIVE.stored)))
        wrong.push(`${layer.name}: lambda_max ${lambdaMax.get(layer.name)}, elsewhere ${expectedMax}`);
    }
  }
  const count = Object.keys(other.tensors).length;
  return { row: [format, other.reader, count, layers.length, largest.toExponential(1)], wrong };
}

const PIPED = ["ignore", "pipe", "pipe"];

function readElsewhere(path) {
  const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  return JSON.parse(
    execFileSync(PYTHON, [READ_ELSEWHERE, path], { env: environment, maxBuffer: 2 ** 28, stdio: PIPED }),
  );
}

function tensorOf({ tensorName }) {
  return tensorName;
}

function groups(layers) {
  const found = new Map();
  for (const layer of layers) found.set(tensorOf(layer), [...(found.get(tensorOf(layer)) ?? []), layer]);
  return found;
}

/**
 * Every tensor that the other reader lists belongs to a layer, or is listed with its shape. Scalars are only counted:
 * Keras gives the counters of all its metrics one name.
 */
function lostTensors({ tensors }, { layers, skipped }) {
  const asLayers = new Set(layers.map(tensorOf));
  const listed = new Map(skipped.map(({ name, shape }) => [name, shape]));
  const lost = Object.entries(tensors)
    .filter(([name, { length }]) => length > 0 && !asLayers.has(name))
    .filter(([name, shape]) => String(listed.get(name)) !== String(shape))
    .map(([name, shape]) => `${name} [${shape}]: ${listed.has(name) ? `listed as [${listed.get(name)}]` : "lost"}`);
  const scalars = Object.values(tensors).filter(({ length }) => length === 0).length;
  const listedScalars = skipped.filter(({ shape }) => shape.length === 0).length;
  return listedScalars < scalars ? [...lost, `${listedScalars} scalars listed, elsewhere ${scalars}`] : lost;
}

/** Every weight that the other reader finds is a layer, or has a reason of its own to be none. */
function lostWeights({ layers: weights }, { layers, skipped }) {
  const asLayers = new Set(layers.map(tensorOf));
  const reasons = new Map(skipped.map(({ name, reason }) => [name, reason]));
  return Object.keys(weights)
    .filter((name) => !asLayers.has(name) && !NO_WEIGHT.test(reasons.get(name) ?? ""))
    .map((name) => `${name}: a weight elsewhere, here "${reasons.get(name)}"`);
}
