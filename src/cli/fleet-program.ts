import { type Command, InvalidArgumentError, Option } from "commander";
import type { FleetCancelFlags, FleetDeadFlags, FleetStatusFlags } from "./fleet-look.js";
import { addFleetPlan, type FleetPlanAction } from "./fleet-plan-program.js";
import type { FleetSubmitFlags } from "./fleet-submit.js";
import type { FleetWorkerFlags } from "./fleet-worker.js";
import { INPUT } from "./help-texts.js";
import { bytes, wholeNumber } from "./option-values.js";
import { engineOption, precisionOption, seedOption, withMeasurements, withSelection } from "./program.js";

/** The actions of the fleet's commands. */
export interface FleetActions {
  readonly plan: FleetPlanAction;
  submit(sources: readonly string[], flags: FleetSubmitFlags): Promise<void>;
  worker(flags: FleetWorkerFlags): Promise<void>;
  status(flags: FleetStatusFlags): Promise<void>;
  cancel(flags: FleetCancelFlags): Promise<void>;
  dead(flags: FleetDeadFlags): Promise<void>;
}

const EXAMPLES = `
The queue is Redis, by the packages bullmq and ioredis, which are installed only for
this. The run lies in a folder of a file system that all machines share, or in
object storage (s3://bucket/prefix). It keeps all results, and a queue that was lost
gets its jobs back from there. More:
https://github.com/eigenscope/eigenscope/blob/main/docs/fleet.md

Exit codes: 0 done, 2 wrong usage or no queue, 3 an input cannot be read, 4 layers
are missing, failed or given up, 130 interrupted.

Examples:
  eigenscope fleet submit /data/models --run /data/runs/a --queue redis://queue
  eigenscope fleet worker --allow /data/models --run /data/runs --queue redis://queue
  eigenscope fleet status --run /data/runs/a --queue redis://queue
  eigenscope fleet dead --run /data/runs/a --queue redis://queue --retry`;

const RUN = "the folder of the run, on a file system that all machines share, or s3://bucket/prefix";

/** `eigenscope fleet ...`: the same run on many machines, over a queue. */
export function addFleetCommands(root: Command, { plan, submit, worker, status, cancel, dead }: FleetActions): void {
  const fleet = root.command("fleet").description("analyse models on many machines, over a queue (Redis)");
  fleet.addHelpText("after", EXAMPLES);

  addFleetPlan(fleet, plan);
  const submitting = withSelection(fleet.command("submit").description("plan models and add their layers to the queue"))
    .argument("<source...>", `each is ${INPUT}; a folder or a glob may hold several models`)
    .requiredOption("--run <folder>", RUN)
    .addOption(queueOption())
    .option("--base <model>", "base of LoRA adapters: analyse the layers that they change, merged")
    .addOption(engineOption())
    .addOption(precisionOption())
    .addOption(seedOption());
  withMeasurements(submitting)
    .addOption(
      new Option("--urgency <0-9>", "layers of a smaller number come first")
        .argParser((text: string) => within(wholeNumber(0)(text), 9))
        .default(5),
    )
    .addOption(
      new Option("--attempts <n>", "how often a layer is tried that fails").argParser(wholeNumber(1)).default(5),
    )
    .addOption(
      new Option("--backoff <s>", "seconds before the second try; they double with each").argParser(seconds).default(1),
    )
    .addOption(
      new Option(
        "--most-waiting <n>",
        "add a model only while fewer layers than this wait in the queue (default: add all at once)",
      ).argParser(wholeNumber(1)),
    )
    .option("--wait", "wait for the reports, and add again what the queue has lost", false)
    .option("--json", "print one line of JSON per model", false)
    .option("-q, --quiet", "print no warnings and no progress", false)
    .action(submit);

  fleet
    .command("worker")
    .description("compute layers of the queue, until a signal ends it")
    .requiredOption(
      "--allow <folder|prefix|host>",
      "sources that it may open: in this folder, below this s3:// prefix, on this host (repeatable)",
      append,
    )
    .requiredOption(
      "--run <folder>",
      "take part in runs in or below this folder or s3:// prefix only (repeatable)",
      append,
    )
    .addOption(queueOption())
    .addOption(new Option("--jobs <n>", "most layers at once (default: one per processor)").argParser(wholeNumber(1)))
    .addOption(
      new Option(
        "--memory <size>",
        "most memory of the running matrices, such as 4G (default: half of the free memory)",
      ).argParser(bytes),
    )
    .addOption(
      new Option("--requests <n>", "most requests at once to one server, for sources on the network")
        .argParser(wholeNumber(1))
        .default(16),
    )
    .addOption(new Option("--request-rate <n>", "most requests per second to one server").argParser(wholeNumber(1)))
    .addOption(
      new Option("--lock <s>", "seconds without a sign of life after which its layers go to others")
        .argParser(seconds)
        .default(60),
    )
    .option("--until-empty", "end when the queue has nothing more to do", false)
    .addOption(
      new Option("--log <how>", "lines of text, or of JSON (by pino)").choices(["text", "json"]).default("text"),
    )
    .addOption(
      new Option(
        "--metrics-port <n>",
        "serve metrics for Prometheus on this port of loopback (by prom-client)",
      ).argParser(wholeNumber(0)),
    )
    .option("-q, --quiet", "print only what went wrong", false)
    .action(worker);

  fleet
    .command("status")
    .description("show how far a run is, by its folder; with --queue also who works")
    .requiredOption("--run <folder>", RUN)
    .addOption(queueOption())
    .option("--json", "print JSON", false)
    .action(status);

  fleet
    .command("cancel")
    .description("remove a run's layers from the queue; what is done stays")
    .requiredOption("--run <folder>", RUN)
    .addOption(queueOption())
    .action(cancel);

  fleet
    .command("dead")
    .description("list the layers that were given up, with their errors")
    .option("--run <folder>", "of this run only")
    .addOption(queueOption())
    .option("--retry", "try them again (needs --run)", false)
    .option("--json", "print one line of JSON per job", false)
    .action(dead);

  for (const command of fleet.commands)
    command.helpOption("-h, --help", "print this help").exitOverride().showSuggestionAfterError();
}

function queueOption(): Option {
  return new Option(
    "--queue <address>",
    "redis://[user:password@]host[:port][/db], or rediss:// for TLS (default: the variable EIGENSCOPE_QUEUE)",
  );
}

function append(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function within(value: number, most: number): number {
  if (value > most) throw new InvalidArgumentError(`Expected a whole number from 0 to ${most}.`);
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || !(value > 0))
    throw new InvalidArgumentError("Expected seconds, such as 5 or 0.5.");
  return value;
}
