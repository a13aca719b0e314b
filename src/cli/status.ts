import { printable } from "../bytes/errors.js";
import { type KeptRun, type RunStatus, readRun, statusOfRun } from "../node/run/read-run.js";
import { EXIT } from "./exit-codes.js";
import { MAX_NAMED, someNames } from "./some-names.js";
import { writeStdout } from "./stdout.js";

export interface StatusFlags {
  readonly json: boolean;
}

/**
 * `eigenscope status <folder...>`: how far a run is. Resolves to the exit code: 4 while layers are missing or failed.
 */
export async function statusCommand(folders: readonly string[], { json }: StatusFlags): Promise<number> {
  const run = await readRun(folders);
  const status = await statusOfRun(run);
  writeStdout(json ? `${JSON.stringify(statusData(run, status), null, 2)}\n` : statusText(run, status));
  return status.missing.length + status.failed.length > 0 ? EXIT.partial : EXIT.done;
}

function statusData(
  { plan, folders }: KeptRun,
  { done, failed, missing, workDone, workTotal, claimed, droppedBytes }: RunStatus,
) {
  return {
    input: plan.input.label,
    folders,
    version: plan.version,
    engine: plan.options.engine,
    layers: plan.placements.length,
    done: done.length,
    failed: failed.map(({ placement, reason }) => ({ name: placement.layer.name, reason })),
    missing: missing.map(({ layer }) => layer.name),
    in_work: claimed,
    work_done: workDone,
    work_total: workTotal,
    dropped_bytes: droppedBytes,
  };
}

function statusText(
  { plan, folders }: KeptRun,
  { done, failed, missing, workDone, workTotal, claimed, droppedBytes }: RunStatus,
): string {
  const share = workTotal === 0 ? 100 : Math.floor((100 * workDone) / workTotal);
  const lines = [
    `${printable(plan.input.label)}: ${done.length} of ${plan.placements.length} layers done, ${share} % of the work`,
    `run in ${folders.map(printable).join(", ")}, begun with version ${printable(plan.version)}, engine ${plan.options.engine}`,
  ];
  if (claimed > 0) lines.push(`${claimed} in work now`);
  if (missing.length > 0) lines.push(`missing: ${someNames(missing.map(({ layer }) => layer.name))}`);
  for (const { placement, reason } of failed.slice(0, MAX_NAMED)) {
    lines.push(`failed: ${printable(placement.layer.name)}: ${printable(reason)}`);
  }
  if (failed.length > MAX_NAMED) lines.push(`and ${failed.length - MAX_NAMED} more failed`);
  if (droppedBytes > 0) lines.push(`${droppedBytes} bytes of segments belong to no whole record and do not count`);
  return `${lines.join("\n")}\n`;
}
