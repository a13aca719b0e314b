import { FormatError } from "../../bytes/errors.js";
import { PHASE_NAMES } from "../../phases/phase.js";
import type { Experiment, TrainingSettings } from "./experiment.js";
import { type Fields, fieldsOf } from "./fields.js";
import { MAX_EPOCHS, readSettings } from "./parse-experiment.js";
import type { EpochRecord } from "./run-record.js";

/** The content of a run's file. */
export interface RunDescription {
  readonly id: string;
  readonly engine: string;
  readonly adapter?: string | undefined;
  readonly settings: TrainingSettings;
}

/** Parses `run.json`. Throws `FormatError` that names the file, the field, what was found and what was expected. */
export function parseRun(text: string, file: string): RunDescription {
  const fields = fieldsOf(jsonOf(text, file), file);
  const settings = fields.object("settings");
  return {
    id: fields.text("id"),
    engine: fields.text("engine"),
    ...(fields.has("adapter") ? { adapter: fields.text("adapter") } : {}),
    settings: {
      ...readSettings(settings, file),
      epochs: settings.wholeNumber("epochs", { min: 1, max: MAX_EPOCHS }),
      steps: settings.raw("steps") === null ? null : settings.wholeNumber("steps", { min: 1 }),
      record: settings.numbers("record", { whole: true, min: 0, max: MAX_EPOCHS }),
    },
  };
}

/** Parses the `experiment.json` of a sweep's folder. Throws `FormatError`. */
export function parseKeptExperiment(text: string, file: string): Experiment {
  const kept = fieldsOf(jsonOf(text, file), file).object("experiment");
  const length = kept.object("length");
  const base = kept.object("base");
  return {
    name: kept.text("name"),
    description: kept.text("description"),
    length: length.has("steps")
      ? { steps: length.wholeNumber("steps", { min: 1 }) }
      : { epochs: length.wholeNumber("epochs", { min: 1 }) },
    record: kept.raw("record") === null ? null : kept.numbers("record", { whole: true, min: 0 }),
    base: readSettings(base, file),
    axes: kept.raw("axes") as Experiment["axes"],
  };
}

/**
 * Parses a line of `epochs.jsonl`. Throws `FormatError`, or `SyntaxError` if the line is not JSON (a killed process may
 * leave such a last line).
 */
export function parseEpoch(line: string, file: string): EpochRecord {
  const value: unknown = JSON.parse(line);
  const fields = fieldsOf(value, file);
  fields.wholeNumber("epoch", { min: 0, max: MAX_EPOCHS });
  fields.wholeNumber("steps", { min: 0 });
  fields.number("rate");
  for (const name of ["running", "train", "test"] as const)
    if (fields.raw(name) !== null) assertScore(fields.object(name));
  if (fields.raw("layers") !== null) for (const layer of fields.objects("layers")) assertLayer(layer);
  return value as EpochRecord;
}

function assertScore(score: Fields): void {
  if (score.raw("loss") !== null) score.number("loss");
  score.number("accuracy", { min: 0, max: 1 });
}

/** The numbers of a layer that tables and pages read. null if not available. */
const NUMBERS = [
  ...["lambda_max", "lambda_plus", "mp_soft_rank", "stable_rank", "matrix_entropy", "spikes", "resolved_floor"],
  ...["alpha", "sigma", "phase_confidence"],
];

function assertLayer(layer: Fields): void {
  layer.text("name");
  layer.numbers("shape", { whole: true, min: 1 });
  layer.text("dtype");
  for (const name of ["N", "M"] as const) layer.wholeNumber(name, { min: 1 });
  for (const name of NUMBERS) if (layer.raw(name) !== null) layer.number(name);
  if (layer.raw("phase") !== null) layer.choice("phase", PHASE_NAMES);
  layer.texts("notes", []);
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`the file is not valid JSON (${(cause as Error).message})`, {
      kind: "malformed",
      format: "experiment",
      file,
      cause,
    });
  }
}
