import { FormatError } from "../../formats/errors.js";
import { DATA_SET_NAMES, DATA_SETS } from "../data/data-sets.js";
import { PREPROCESSINGS, preparedSide } from "../data/preprocessing.js";
import type { Network } from "../networks/index.js";
import { AXES, type Axes, type Axis, type DataSettings, type Experiment } from "./experiment.js";
import { type Fields, fieldsOf } from "./fields.js";
import { readNetwork } from "./parse-network.js";
import { denseLayers } from "./settings-network.js";

/** What may stand in a setting and in its axis. */
const VALUES: Readonly<Record<Axis, { readonly whole?: boolean; readonly least: number; readonly most?: number }>> = {
  batch: { whole: true, least: 1, most: 4096 },
  rate: { least: 0 },
  weightDecay: { least: 0 },
  l2: { least: 0 },
  dropout: { least: 0, most: 0.99 },
  seed: { whole: true, least: 0, most: 2 ** 32 - 1 },
};
/** More passes over the images than any training has. */
export const MAX_EPOCHS = 100_000;

/**
 * Parses the text of an experiment's file. Throws `FormatError` naming the file, the setting, what was found and what
 * was expected.
 */
export function parseExperiment(text: string, file: string): Experiment {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`it is no JSON (${(cause as Error).message})`, { kind: "malformed", format: "experiment", file, cause });
  }
  return readExperiment(value, file);
}

/** The same from a value that is there already, as a preset is. */
export function readExperiment(value: unknown, file: string): Experiment {
  const fields = fieldsOf(value, file);
  const base = readSettings(fields, file);
  const experiment: Experiment = {
    name: fields.text("name"),
    description: fields.text("description", ""),
    length: readLength(fields),
    record: fields.has("record") ? ascending(fields.numbers("record", { whole: true, least: 0, most: MAX_EPOCHS })) : null,
    base,
    axes: fields.has("axes") ? readAxes(fields.object("axes")) : {},
  };
  fields.assertNoOthers();
  return experiment;
}

/** What an experiment and a run's own file say of one training, its length aside. Throws `FormatError`. */
export function readSettings(fields: Fields, file: string): Experiment["base"] {
  const network = readNetwork(fields, file);
  const data = readData(fields.object("data"));
  assertFits(network, data, fields);
  const l2Layers = fields.texts("l2Layers", []);
  const unknown = l2Layers.find((name) => !denseLayers(network).includes(name));
  if (unknown !== undefined) fields.refuse("l2Layers", unknown, `names of dense layers: ${denseLayers(network).join(", ")}`);
  return {
    network,
    data,
    loss: fields.choice("loss", ["cross-entropy", "mean-squared-error"], "cross-entropy"),
    ...readAxisValues(fields),
    rateDecay: fields.number("rateDecay", { least: 0, most: 1, otherwise: 1 }),
    momentum: fields.number("momentum", { least: 0, most: 0.9999, otherwise: 0.9 }),
    l2Layers,
  };
}

function readAxisValues(fields: Fields): Pick<Experiment["base"], Axis> {
  const one = (axis: Axis, otherwise?: number): number =>
    VALUES[axis].whole ? fields.wholeNumber(axis, { ...VALUES[axis], otherwise }) : fields.number(axis, { ...VALUES[axis], otherwise });
  return {
    batch: one("batch", 16),
    rate: one("rate"),
    weightDecay: one("weightDecay", 0),
    l2: fields.raw("l2") == null ? null : one("l2"),
    dropout: fields.raw("dropout") == null ? null : one("dropout"),
    seed: one("seed", 1),
  };
}

/** The values of a sweep. Throws `FormatError` for one that is out of range, or stands twice. */
export function readAxes(fields: Fields): Axes {
  const axes: Partial<Record<Axis, readonly number[]>> = {};
  for (const axis of AXES) {
    if (!fields.has(axis)) continue;
    const values = fields.numbers(axis, VALUES[axis]);
    const twice = values.find((value, at) => values.indexOf(value) !== at);
    if (twice !== undefined) fields.refuse(axis, twice, "each value once");
    axes[axis] = values;
  }
  fields.assertNoOthers();
  return axes;
}

function readLength(fields: Fields): Experiment["length"] {
  if (fields.has("epochs") === fields.has("steps")) {
    return fields.refuse("epochs", fields.raw("epochs"), 'either "epochs" or "steps" (the number of updates)');
  }
  const most = fields.has("steps") ? 1e9 : MAX_EPOCHS;
  if (fields.has("steps")) return { steps: fields.wholeNumber("steps", { least: 1, most }) };
  return { epochs: fields.wholeNumber("epochs", { least: 1, most }) };
}

function readData(fields: Fields): DataSettings {
  const set = fields.choice("set", DATA_SET_NAMES);
  const facts = DATA_SETS[set];
  const data: DataSettings = {
    set,
    train: fields.wholeNumber("train", { least: 1, most: facts.train, otherwise: facts.train }),
    test: fields.wholeNumber("test", { least: 1, most: facts.test, otherwise: facts.test }),
    preprocessing: fields.choice("preprocessing", PREPROCESSINGS, "channel-standardised"),
  };
  fields.assertNoOthers();
  return data;
}

/** The network must take the images as they come out of the preprocessing, and tell as many classes. */
function assertFits({ input, layers }: Network, { set, preprocessing }: DataSettings, fields: Fields): void {
  const { height, width, channels, classes } = DATA_SETS[set];
  if (preprocessing === "centre-crop-standardised" && Math.min(height, width) < preparedSide(0, preprocessing)) {
    fields.refuse("data.preprocessing", preprocessing, `images of at least 28 x 28; those of ${set} have ${height} x ${width}`);
  }
  const shape = [preparedSide(height, preprocessing), preparedSide(width, preprocessing), channels].join(" x ");
  const found = [input.height, input.width, input.channels].join(" x ");
  if (found !== shape) fields.refuse("network.input", found, `${shape}: what ${set} has after "${preprocessing}"`);
  const last = layers.at(-1);
  if (last?.type === "dense" && last.units < classes)
    fields.refuse("network.layers", last.units, `${classes} units at the end, one a class`);
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
