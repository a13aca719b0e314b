import { type AnalyzeOptions, resolveOptions } from "../analysis/index.js";
import { printable } from "../bytes/errors.js";
import { fleetStatus, isS3Address, type JobPolicy, type Submitted, submit, untilSettled } from "../node/fleet/index.js";
import { readWeightWatcherColumns } from "./analyze.js";
import { asUsageError, EXIT } from "./exit-codes.js";
import { type QueueFlags, withQueue } from "./fleet-queue.js";
import { runPlace } from "./fleet-run.js";
import { onInterruption } from "./interruption.js";
import { assertFolderWritable } from "./output-file.js";
import { writeStdout } from "./stdout.js";

/** The flags that commander parses: options of the analysis, and options of the command line alone. */
export interface FleetSubmitFlags extends QueueFlags, Omit<AnalyzeOptions, "jobs" | "memory" | "weightwatcher"> {
  /** true without a value, else the value's text. */
  readonly weightwatcher: boolean | string;
  readonly run: string;
  readonly base?: string;
  readonly urgency: number;
  readonly attempts: number;
  /** Seconds. */
  readonly backoff: number;
  readonly mostWaiting?: number;
  readonly wait: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/**
 * `eigenscope fleet submit`: plans models and adds their layers to the queue. Resolves to the exit code: with --wait 4
 * if layers have failed.
 */
export async function fleetSubmitCommand(
  sources: readonly string[],
  flags: FleetSubmitFlags,
  signal: AbortSignal,
): Promise<number> {
  const { queue, run, base, urgency, attempts, backoff, mostWaiting, wait, json, quiet, weightwatcher, ...others } =
    flags;
  const options = { ...others, ...readWeightWatcherColumns(weightwatcher, sources[0]) };
  asUsageError(() => resolveOptions(options));
  const place = await runPlace(run);
  if (!isS3Address(run)) await assertFolderWritable(run);
  onInterruption({
    hint: () => `what was added stays in the queue; to remove it: eigenscope fleet cancel --run ${printable(run)}`,
  });
  const policy: JobPolicy = { urgency, attempts, backoffMs: 1000 * backoff };
  const backPressure = mostWaiting === undefined ? undefined : { mostWaiting, onFull: quiet ? undefined : sayFull };
  return withQueue({ queue, quiet }, async (open) => {
    const models: Submitted["model"][] = [];
    for await (const submitted of submit(open, { sources, base, run: place, options, policy, backPressure, signal })) {
      writeStdout(json ? jsonLine(submitted) : textLine(submitted));
      models.push(submitted.model);
    }
    if (!wait) return EXIT.done;
    let shown = -1;
    await untilSettled(open, models, {
      ...{ policy, signal },
      onLook: ({ finished, models: all }) => {
        if (!quiet && finished !== shown)
          process.stderr.write(`eigenscope: ${finished} of ${all} reports are written\n`);
        shown = finished;
      },
    });
    const { models: settled } = await fleetStatus(place);
    return settled.every(({ reported, failed }) => reported && failed === 0) ? EXIT.done : EXIT.partial;
  });
}

function sayFull(waiting: number): void {
  process.stderr.write(`eigenscope: ${waiting} layers wait in the queue; the next model is added when fewer do\n`);
}

function textLine({ model, layers, added, done }: Submitted): string {
  const counts = `${layers} layers, ${done} done, ${added} added`;
  return `${printable(model.name)}: ${counts}; report: ${printable(model.report)}\n`;
}

function jsonLine({ model: { name, source, folder, report }, layers, added, done }: Submitted): string {
  return `${JSON.stringify({ name, source, folder, report, layers, done, added })}\n`;
}
