import { printable } from "../bytes/errors.js";
import { type KeptRun, type RunStatus, readRun, statusOfRun, type WithReason } from "../node/run/index.js";
import { EXIT } from "./exit-codes.js";
import { MAX_NAMED, someNames } from "./some-names.js";
import { writeStdout } from "./stdout.js";

export interface StatusFlags {
  readonly json: boolean;
}

/**
 * `eigenscope status <folder...>`: how far a run is. Resolves to the exit code: 4 while layers or columns are missing,
 * or if layers have failed or have no spectrum. Then `report` ends with 4 too.
 */
export async function statusCommand(folders: readonly string[], { json }: StatusFlags): Promise<number> {
  const run = await readRun(folders);
  const status = await statusOfRun(run);
  writeStdout(json ? `${JSON.stringify(statusData(run, status), null, 2)}\n` : statusText(run, status));
  const { missing, failed, withoutColumns, withoutSpectrum } = status;
  const lacking = [missing, failed, withoutColumns, withoutSpectrum].some((layers) => layers.length > 0);
  return lacking ? EXIT.partial : EXIT.done;
}

function statusData(
  { plan, folders }: KeptRun,
  { done, withoutColumns, withoutSpectrum, failed, missing, workDone, workTotal, claimed, droppedBytes }: RunStatus,
) {
  const withReasons = (layers: readonly WithReason[]) =>
    layers.map(({ placement, reason }) => ({ name: placement.layer.name, reason }));
  return {
    input: plan.input.label,
    folders,
    version: plan.version,
    engine: plan.options.engine,
    layers: plan.placements.length,
    done: done.length,
    failed: withReasons(failed),
    missing: missing.map(({ layer }) => layer.name),
    without_columns: withoutColumns.map(({ placement, options }) => ({ name: placement.layer.name, options })),
    without_spectrum: withReasons(withoutSpectrum),
    in_work: claimed,
    work_done: workDone,
    work_total: workTotal,
    dropped_bytes: droppedBytes,
  };
}

function statusText({ plan, folders }: KeptRun, status: RunStatus): string {
  const { done, withoutColumns, withoutSpectrum, failed, missing, workDone, workTotal, claimed, droppedBytes } = status;
  const share = workTotal === 0 ? 100 : Math.floor((100 * workDone) / workTotal);
  const lines = [
    `${printable(plan.input.label)}: ${done.length} of ${plan.placements.length} layers done, ${share} % of the work`,
    `run in ${folders.map(printable).join(", ")}, begun with version ${printable(plan.version)}, engine ` +
      `${plan.options.engine}`,
  ];
  if (claimed > 0) lines.push(`${claimed} in work now`);
  if (missing.length > 0) lines.push(`missing: ${someNames(missing.map(({ layer }) => layer.name))}`);
  for (const option of new Set(withoutColumns.flatMap(({ options }) => options))) {
    const layers = withoutColumns.filter(({ options }) => options.includes(option));
    const names = someNames(layers.map(({ placement }) => placement.layer.name));
    lines.push(`missing columns of --${option}: ${names}`);
  }
  lines.push(...reasonLines("failed", failed), ...reasonLines("no spectrum", withoutSpectrum));
  if (droppedBytes > 0) lines.push(`${droppedBytes} bytes of segments belong to no whole record and do not count`);
  return `${lines.join("\n")}\n`;
}

/** The first layers with their reasons, a line each, and how many more there are. */
function reasonLines(what: string, layers: readonly WithReason[]): string[] {
  const lines = layers
    .slice(0, MAX_NAMED)
    .map(({ placement, reason }) => `${what}: ${printable(placement.layer.name)}: ${printable(reason)}`);
  const more = layers.length - lines.length;
  return more > 0 ? [...lines, `${what}: and ${more} more`] : lines;
}
