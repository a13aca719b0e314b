import { FormatError } from "../../bytes/errors.js";
import { DATA_SET_NAMES, DATA_SETS } from "../data/data-sets.js";
import { PREPROCESSINGS, preparedSide } from "../data/preprocessing.js";
import type { Network } from "../networks/index.js";
import { AXES, type Axes, type Axis, type DataSettings, type Experiment } from "./experiment.js";
import { type Fields, fieldsOf } from "./fields.js";
import { readNetwork } from "./parse-network.js";
import { denseLayers } from "./settings-network.js";

/** The valid values of a setting and of its axis. */
const SETTING_RANGES: Readonly<
  Record<Axis, { readonly whole?: boolean; readonly min: number; readonly max?: number }>
> = {
  batch: { whole: true, min: 1, max: 4096 },
  rate: { min: 0 },
  weightDecay: { min: 0 },
  l2: { min: 0 },
  dropout: { min: 0, max: 0.99 },
  seed: { whole: true, min: 0, max: 2 ** 32 - 1 },
};
/** Most epochs: more than any training needs. */
export const MAX_EPOCHS = 100_000;

/**
 * Parses the text of an experiment's file. Throws `FormatError` that names the file, the setting, what was found and
 * what was expected.
 */
export function parseExperiment(text: string, file: string): Experiment {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`the file is not valid JSON (${(cause as Error).message})`, {
      kind: "malformed",
      format: "experiment",
      file,
      cause,
    });
  }
  return readExperiment(value, file);
}

/** Reads an experiment from a parsed value, such as a preset. */
export function readExperiment(value: unknown, file: string): Experiment {
  const fields = fieldsOf(value, file);
  const base = readSettings(fields, file);
  const experiment: Experiment = {
    name: fields.text("name"),
    description: fields.text("description", ""),
    length: readLength(fields),
    record: fields.has("record") ? ascending(fields.numbers("record", { whole: true, min: 0, max: MAX_EPOCHS })) : null,
    base,
    axes: fields.has("axes") ? readAxes(fields.object("axes")) : {},
  };
  fields.assertNoOthers();
  return experiment;
}

/** Reads the settings that an experiment and a run's file have in common: all but the length. Throws `FormatError`. */
export function readSettings(fields: Fields, file: string): Experiment["base"] {
  const network = readNetwork(fields, file);
  const data = readData(fields.object("data"));
  assertFits(network, data, fields);
  const l2Layers = fields.texts("l2Layers", []);
  const unknown = l2Layers.find((name) => !denseLayers(network).includes(name));
  if (unknown !== undefined)
    fields.refuse("l2Layers", unknown, `names of dense layers: ${denseLayers(network).join(", ")}`);
  return {
    network,
    data,
    loss: fields.choice("loss", ["cross-entropy", "mean-squared-error"], "cross-entropy"),
    ...readAxisValues(fields),
    rateDecay: fields.number("rateDecay", { min: 0, max: 1, otherwise: 1 }),
    momentum: fields.number("momentum", { min: 0, max: 0.9999, otherwise: 0.9 }),
    l2Layers,
  };
}

function readAxisValues(fields: Fields): Pick<Experiment["base"], Axis> {
  const one = (axis: Axis, otherwise?: number): number =>
    SETTING_RANGES[axis].whole
      ? fields.wholeNumber(axis, { ...SETTING_RANGES[axis], otherwise })
      : fields.number(axis, { ...SETTING_RANGES[axis], otherwise });
  return {
    batch: one("batch", 16),
    rate: one("rate"),
    weightDecay: one("weightDecay", 0),
    l2: fields.raw("l2") == null ? null : one("l2"),
    dropout: fields.raw("dropout") == null ? null : one("dropout"),
    seed: one("seed", 1),
  };
}

/** Reads the axes of a sweep. Throws `FormatError` for a value that is out of range or listed twice. */
export function readAxes(fields: Fields): Axes {
  const axes: Partial<Record<Axis, readonly number[]>> = {};
  for (const axis of AXES) {
    if (!fields.has(axis)) continue;
    const values = fields.numbers(axis, SETTING_RANGES[axis]);
    const duplicate = values.find((value, at) => values.indexOf(value) !== at);
    if (duplicate !== undefined) fields.refuse(axis, duplicate, "each value once");
    axes[axis] = values;
  }
  fields.assertNoOthers();
  return axes;
}

function readLength(fields: Fields): Experiment["length"] {
  if (fields.has("epochs") === fields.has("steps")) {
    return fields.refuse("epochs", fields.raw("epochs"), 'either "epochs" or "steps" (the number of updates)');
  }
  const max = fields.has("steps") ? 1e9 : MAX_EPOCHS;
  if (fields.has("steps")) return { steps: fields.wholeNumber("steps", { min: 1, max }) };
  return { epochs: fields.wholeNumber("epochs", { min: 1, max }) };
}

function readData(fields: Fields): DataSettings {
  const set = fields.choice("set", DATA_SET_NAMES);
  const facts = DATA_SETS[set];
  const data: DataSettings = {
    set,
    train: fields.wholeNumber("train", { min: 1, max: facts.train, otherwise: facts.train }),
    test: fields.wholeNumber("test", { min: 1, max: facts.test, otherwise: facts.test }),
    preprocessing: fields.choice("preprocessing", PREPROCESSINGS, "channel-standardised"),
  };
  fields.assertNoOthers();
  return data;
}

/** Checks that the network's input fits the preprocessed images, and that it has an output per class. */
function assertFits({ input, layers }: Network, { set, preprocessing }: DataSettings, fields: Fields): void {
  const { height, width, channels, classes } = DATA_SETS[set];
  if (preprocessing === "centre-crop-standardised" && Math.min(height, width) < preparedSide(0, preprocessing)) {
    fields.refuse(
      "data.preprocessing",
      preprocessing,
      `images of at least 28 x 28; those of ${set} have ${height} x ${width}`,
    );
  }
  const shape = [preparedSide(height, preprocessing), preparedSide(width, preprocessing), channels].join(" x ");
  const found = [input.height, input.width, input.channels].join(" x ");
  if (found !== shape) fields.refuse("network.input", found, `${shape}, the shape of ${set} after "${preprocessing}"`);
  const last = layers.at(-1);
  if (last?.type === "dense" && last.units < classes)
    fields.refuse("network.layers", last.units, `${classes} units at the end, one per class`);
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
