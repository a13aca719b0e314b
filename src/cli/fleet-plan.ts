import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type AnalyzeOptions, resolveOptions, VERSION } from "../analysis/index.js";
import { OptionError } from "../bytes/option-error.js";
import { FormatError } from "../formats/index.js";
import { findModels, plan } from "../node/models.js";
import { isRemoteAddress, parseHubName } from "../remote/index.js";
import { jsonText, printableSentence } from "../report/text-parts.js";
import { readWeightWatcherColumns } from "./analyze.js";
import { type FoundCalibration, findCalibration, objectionText } from "./basis.js";
import { measuredBasis, notEstimated } from "./dry-run.js";
import type { Basis } from "./estimate.js";
import { asUsageError, EXIT } from "./exit-codes.js";
import { fleetCost, type PlannedModel } from "./fleet-cost.js";
import type { EngineBasis, FleetPlan } from "./fleet-plan-data.js";
import { renderFleetPlan } from "./fleet-plan-text.js";
import { assertWritable, writeWhole } from "./output-file.js";
import { assertOutputsSafe, protectInputs } from "./overwriting.js";
import { writeStdout } from "./stdout.js";

/** The flags that commander parses: options of the analysis, and options of the command line alone. */
export interface FleetPlanFlags extends Omit<AnalyzeOptions, "jobs" | "memory" | "weightwatcher"> {
  /** true without a value, else the value's text. */
  readonly weightwatcher: boolean | string;
  readonly base?: string;
  readonly workers: number;
  readonly jobs?: number;
  readonly calibration?: string;
  readonly pricePerCoreHour?: number;
  /** Hours. */
  readonly deadline?: number;
  readonly json?: string | true;
  readonly quiet: boolean;
}

/** `eigenscope fleet plan`: what models will take, from their headers. Resolves to the exit code. */
export async function fleetPlanCommand(
  sources: readonly string[],
  flags: FleetPlanFlags,
  signal: AbortSignal,
): Promise<number> {
  const { workers, jobs, calibration, pricePerCoreHour, deadline, json, quiet, base, weightwatcher, ...others } = flags;
  const options = { ...others, ...readWeightWatcherColumns(weightwatcher, sources[0]) };
  asUsageError(() => resolveOptions(options));
  const file = json === true || json === "-" ? undefined : json;
  const written = { outputs: { json: file }, stdout: true };
  if (file !== undefined) await assertWritable(file);
  await assertOutputsSafe(
    written,
    [...sources, base, calibration].filter((name) => name !== undefined),
  );
  const found = await findCalibration({ named: calibration });
  const cores = found?.kind === "carried" ? found.calibration?.machine.cores : undefined;
  const onOpened = protectInputs(written);
  const { planned, unread, bases, objections } = await planAll(sources, { ...options, base, signal, onOpened, found });
  if (!quiet) for (const objection of objections) process.stderr.write(`eigenscope: ${printableSentence(objection)}\n`);
  const settings = { workers, cores: cores ?? availableParallelism(), pricePerCoreHour };
  const fleetPlan: FleetPlan = {
    tool: { name: "eigenscope", version: VERSION },
    ...{ bases, unread, notEstimated: notEstimated(options) },
    ...fleetCost(planned, {
      ...settings,
      jobs: jobs ?? settings.cores,
      deadlineSeconds: deadline === undefined ? undefined : 3600 * deadline,
    }),
  };
  if (file !== undefined) await writeWhole(file, jsonText(fleetPlan, 2));
  writeStdout(json !== undefined && file === undefined ? jsonText(fleetPlan, 2) : renderFleetPlan(fleetPlan));
  if (planned.length === 0) return EXIT.input;
  return unread.length > 0 ? EXIT.partial : EXIT.done;
}

interface Planning extends AnalyzeOptions {
  readonly base: string | undefined;
  readonly signal: AbortSignal;
  readonly onOpened: ReturnType<typeof protectInputs>;
  readonly found: FoundCalibration | undefined;
}

interface PlannedAll {
  readonly planned: readonly PlannedModel[];
  readonly unread: FleetPlan["unread"];
  readonly bases: readonly EngineBasis[];
  /** Why a calibration was not used, each reason once. */
  readonly objections: readonly string[];
}

/** Plans all models. One that cannot be read is listed with its reason. Rejects if an option is wrong for all. */
async function planAll(sources: readonly string[], { found, ...options }: Planning): Promise<PlannedAll> {
  const { signal } = options;
  const planned: PlannedModel[] = [];
  const unread: { name: string; reason: string }[] = [];
  const bases = new Map<string, Basis>();
  let refused: OptionError | undefined;
  for (const { path, files } of await findModels(sources, { signal })) {
    signal.throwIfAborted();
    try {
      const one = await plan(typeof files === "function" ? await files() : files, options);
      if (one.layers.length === 0) {
        unread.push({ name: path, reason: "it holds nothing to analyse" });
        continue;
      }
      const engine = `${one.engine} ${one.target}`;
      const basis = bases.get(engine) ?? (await measuredBasis(one, { found, signal }));
      bases.set(engine, basis);
      planned.push({ name: path, isRemote: isElsewhere(path), plan: one, basis });
    } catch (cause) {
      signal.throwIfAborted();
      if (!(cause instanceof FormatError || cause instanceof OptionError)) throw cause;
      if (cause instanceof OptionError) refused ??= cause;
      unread.push({ name: path, reason: cause.message });
    }
  }
  if (refused !== undefined && planned.length === 0) throw refused;
  const engines = new Map(planned.map(({ plan: { engine, target }, basis }) => [basis, { engine, target }]));
  const objections = new Set(
    [...bases.values()].map(({ objection }) => objection).filter((text) => text !== undefined),
  );
  return {
    ...{ planned, unread },
    bases: [...engines].map(([{ kind, measured, slowness }, engine]) => ({ ...engine, kind, measured, slowness })),
    objections: [...objections].map((objection) => objectionText(found as FoundCalibration, objection)),
  };
}

/** Whether a name means a model on the network. A hub's model may be in this machine's cache: workers have theirs. */
function isElsewhere(name: string): boolean {
  return !existsSync(name) && (isRemoteAddress(name) || parseHubName(name) !== undefined);
}
