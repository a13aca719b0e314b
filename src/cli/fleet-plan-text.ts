import { numberText, plural, printableSentence, wrap } from "../report/text-parts.js";
import { restsOn } from "./dry-run-command.js";
import type { TimeRange } from "./estimate.js";
import type { Cost, Deadline, FleetPlan, ModelCost } from "./fleet-plan-data.js";
import { duration } from "./progress-bar.js";
import { mib } from "./verbose.js";

const WIDTH = 80;
const LABEL = 14;
const HOUR = 3600;

/** The plan as text: a paragraph per model, then all together, in lines of at most 80 columns. */
export function renderFleetPlan(plan: FleetPlan): string {
  const { models, unread } = plan;
  const lines = [
    ...models.flatMap((model) => paragraph(modelText(model))),
    ...unread.flatMap((model) => paragraph(unreadText(model))),
    ...(models.length === 0 ? [] : ["", ...totalLines(plan)]),
    "",
    "Headers were read, and no weights.",
  ];
  return `${lines.join("\n")}\n`;
}

function paragraph(text: string): string[] {
  return wrap(printableSentence(text), WIDTH, { first: "", rest: "  " });
}

/** A reason often begins with the model's name. */
function unreadText({ name, reason }: FleetPlan["unread"][number]): string {
  const own = reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;
  return `${name}: cannot be planned: ${own}`;
}

function fact(label: string, text: string): string[] {
  return wrap(printableSentence(text), WIDTH, { first: label.padEnd(LABEL), rest: " ".repeat(LABEL) });
}

function modelText({
  name,
  format,
  engine,
  target,
  layers,
  matrices,
  readBytes,
  operations,
  ...more
}: ModelCost): string {
  const { coreSeconds, largest, approximate, isRemote } = more;
  const several = matrices > layers ? ` of ${plural(matrices, "matrix", "matrices")}` : "";
  const parts = [
    `${format}, ${plural(layers, "layer")}${several}`,
    `${mib(readBytes)} to read${isRemote ? " over the network" : ""}`,
    `${numberText(operations)} operations by ${engine}${target === null ? "" : ` (${target})`}`,
    coresText(coreSeconds),
    ...(largest === null ? [] : [`largest ${largest.name}, ${largest.N} x ${largest.M}, ${mib(largest.memoryBytes)}`]),
    ...(approximate > 0 ? [`${plural(approximate, "layer")} past the engine's limit, whose time is uncertain`] : []),
  ];
  return `${name}: ${parts.join("; ")}`;
}

function totalLines(plan: FleetPlan): string[] {
  const { models, layers, matrices, readBytes, networkBytes, operations, coreSeconds, memory, deadline, cost } = plan;
  const { workers, jobs, elapsedSeconds, bases, notEstimated, maskedSeconds } = plan;
  const network = networkBytes === 0 ? "" : `, of which ${mib(networkBytes)} over the network`;
  return [
    ...fact("models", `${models.length}, ${plural(layers, "layer")}, ${plural(matrices, "matrix", "matrices")}`),
    ...fact("to read", `${mib(readBytes)}${network}`),
    ...fact("work", `${numberText(operations)} floating-point operations, ${coresText(coreSeconds)}`),
    ...(maskedSeconds === 0
      ? []
      : fact("", `at most ${numberText(maskedSeconds)} core-seconds more if small layers have many zero weights`)),
    ...fact(
      "memory",
      `per worker ${mib(memory.largestBytes)} for the largest matrix; ${mib(memory.workerBytes)} let ` +
        `${plural(jobs, "layer")} run at once; the process itself takes some 200 MiB more`,
    ),
    ...fact(
      "time",
      `${rangeText(elapsedSeconds)} on ${plural(workers, "worker")}, ${plural(jobs, "layer")} at once on each` +
        (networkBytes === 0 ? "" : ", without waiting for the network"),
    ),
    ...(deadline === null ? [] : fact("deadline", deadlineText(deadline))),
    ...(cost === null ? [] : fact("cost", costText(cost, workers))),
    ...bases.flatMap((basis) => fact("rests on", `${basis.engine}: ${restsOn({ ...basis, basis: basis.kind })}`)),
    ...(notEstimated.length === 0
      ? []
      : fact("not in it", `the fits of ${notEstimated.map((name) => `--${name}`).join(", ")}`)),
  ];
}

function deadlineText({ seconds, workers, workersAtHigh }: Deadline): string {
  const within = `within ${numberText(seconds / HOUR)} h`;
  if (workers === null) return `no number of workers ends ${within}: the largest layer alone takes longer`;
  const needed = `${plural(workers, "worker")} ${workers === 1 ? "ends" : "end"} ${within}`;
  if (workersAtHigh === null) return `${needed}; at the upper end of the range no number does`;
  return workersAtHigh === workers ? needed : `${needed}; ${workersAtHigh} at the upper end of the range`;
}

function costText({ pricePerCoreHour, work, paid }: Cost, workers: number): string {
  return (
    `${amounts(work)} for the core-hours at ${numberText(pricePerCoreHour)} each; ${amounts(paid)} if the cores of ` +
    `${workers === 1 ? "the worker are" : "all workers are"} paid until the last layer is done`
  );
}

const amounts = ({ expected, low, high }: TimeRange): string =>
  `${numberText(expected)} (${numberText(low)} to ${numberText(high)})`;

const rangeText = ({ expected, low, high }: TimeRange): string =>
  `${duration(1000 * expected)} (${duration(1000 * low)} to ${duration(1000 * high)})`;

/** Below this many core-hours, core-seconds are easier to read. */
export const MIN_CORE_HOURS = 0.1;

function coresText({ expected, low, high }: TimeRange): string {
  const [unit, name] = expected / HOUR < MIN_CORE_HOURS ? [1, "core-seconds"] : [HOUR, "core-hours"];
  return `${numberText(expected / unit)} ${name} (${numberText(low / unit)} to ${numberText(high / unit)})`;
}
