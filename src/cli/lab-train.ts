import { readFile } from "node:fs/promises";
import { decodeText } from "../bytes/decode-text.js";
import { portableName } from "../bytes/portable-name.js";
import {
  type Axes,
  type Experiment,
  type PlannedRun,
  PRESET_NAMES,
  parseExperiment,
  planSweep,
  planTraining,
  preset,
  renderRuns,
  withOverrides,
} from "../lab/index.js";
import { fileError } from "../node/files.js";
import { runSweep, type SweepEvent, type TrainEngineName } from "../node/lab/index.js";
import { jsonText } from "../report/text-parts.js";
import { asUsageError, EXIT, UsageError } from "./exit-codes.js";
import { onInterruption } from "./interruption.js";
import { assertExperimentKept } from "./lab-folders.js";
import { type LabProgress, liveProgress, plainProgress } from "./lab-progress.js";
import { assertFolderWritable } from "./output-file.js";
import { writeStdout } from "./stdout.js";
import { readTerminal, type Terminal } from "./terminal.js";

export interface LabTrainFlags {
  readonly output?: string;
  readonly data?: string;
  readonly batch?: readonly number[];
  readonly rate?: readonly number[];
  readonly weightDecay?: readonly number[];
  readonly l2?: readonly number[];
  readonly dropout?: readonly number[];
  readonly seeds?: readonly number[];
  readonly epochs?: number;
  readonly train?: number;
  readonly test?: number;
  readonly jobs?: number;
  readonly engine: TrainEngineName;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly color: boolean;
}

/** `eigenscope lab train` and `lab sweep`: parse, call, print. Resolves to the exit code. */
export async function labTrainCommand(
  kind: "train" | "sweep",
  named: string,
  flags: LabTrainFlags,
  signal: AbortSignal,
): Promise<number> {
  const experiment = overridden(await openExperiment(named), flags);
  const runs = plan(kind, experiment, flags);
  const folder = flags.output ?? `lab-runs/${portableName(experiment.name, "experiment")}`;
  await assertFolderWritable(folder);
  if (preset(named) === undefined) await assertExperimentKept(named, folder);

  const terminal = readTerminal(flags, process);
  const progress = progressFor(flags, terminal);
  const word = (event: SweepEvent): void => {
    progress?.take(event);
    if (flags.json) printRecord(event);
  };
  onInterruption({
    hint() {
      progress?.clear();
      return `finished work is kept in ${folder}; the same command continues from there`;
    },
    bySignal: flags.engine === "webgpu",
  });
  const { data, jobs, engine } = flags;
  const sweep = await runSweep(experiment, runs, { folder, data, jobs, engine, signal, onEvent: word }).finally(() =>
    progress?.clear(),
  );
  onInterruption(undefined);
  if (!flags.json && !flags.quiet) writeStdout(renderRuns(sweep.runs, terminal));
  if (!flags.quiet)
    process.stderr.write(`eigenscope: the runs are in ${folder}; "eigenscope lab report ${folder}" makes their page\n`);
  return EXIT.done;
}

/** Opens a preset by its name, or an experiment's file by its path. Throws `UsageError` if it is neither. */
export async function openExperiment(named: string): Promise<Experiment> {
  const known = preset(named);
  if (known !== undefined) return known;
  try {
    return parseExperiment(decodeText(await readFile(named)), named);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && !named.endsWith(".json")) {
      throw new UsageError(`"${named}" is neither a preset nor a file; the presets are ${PRESET_NAMES.join(", ")}`, {
        cause,
      });
    }
    throw code === undefined ? cause : fileError(cause, named);
  }
}

function overridden(
  experiment: Experiment,
  { batch, rate, weightDecay, l2, dropout, seeds, epochs, train, test }: LabTrainFlags,
): Experiment {
  const given = { batch, rate, weightDecay, l2, dropout, seed: seeds };
  const axes = Object.fromEntries(Object.entries(given).filter(([, values]) => values !== undefined)) as Axes;
  let changed = experiment;
  asUsageError(() => {
    changed = withOverrides(experiment, { axes, epochs, train, test });
  });
  return changed;
}

function plan(kind: "train" | "sweep", experiment: Experiment, flags: LabTrainFlags): readonly PlannedRun[] {
  if (kind === "train") {
    const several = (["batch", "rate", "weightDecay", "l2", "dropout", "seeds"] as const).find(
      (name) => (flags[name]?.length ?? 0) > 1,
    );
    if (several !== undefined) {
      throw new UsageError(
        `lab train runs one training, but "${several}" has ${flags[several]?.length} values; use "lab sweep" ` +
          "for several",
      );
    }
    return [planTraining(experiment)];
  }
  let runs: readonly PlannedRun[] = [];
  asUsageError(() => {
    runs = planSweep(experiment);
  });
  return runs;
}

function progressFor({ quiet, json }: LabTrainFlags, { progress, color }: Terminal): LabProgress | undefined {
  if (quiet) return undefined;
  const now = (): number => performance.now();
  if (progress) return liveProgress(process.stderr, { now, color });
  return json ? undefined : plainProgress(process.stderr, now);
}

/** Prints one JSON object per line: for every finished epoch of every run, and for every finished run. */
function printRecord(event: SweepEvent): void {
  if (event.type === "progress" && event.progress.record !== undefined) {
    writeStdout(jsonText({ type: "epoch", run: event.id, ...event.progress.record }));
  } else if (event.type === "finished") writeStdout(jsonText({ type: "finished", run: event.id }));
}
