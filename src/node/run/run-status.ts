import { extrasAsked } from "../../analysis/extras/measure-extras.js";
import type { ExtraName } from "../../analysis/options.js";
import { permutationsFor } from "../../analysis/permuted-null.js";
import { precisionOf } from "../../analysis/precision.js";
import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import { keptLayer } from "../../analysis/run/report-of-kept.js";
import { digestOfFiles } from "../../analysis/store/file-identity.js";
import type { Outcome } from "../../analysis/store/outcome.js";
import { type ValuesJob, valuesKey } from "../../analysis/store/recall.js";
import type { Placement } from "../../analysis/store/run-keeper.js";
import { jobKey, jobsOf } from "../../analysis/store/spectrum-job.js";
import { extraJob, permutedNullJob } from "../../analysis/values-jobs.js";
import { poolSpectrum } from "../../spectra/index.js";
import { livingClaims } from "./claims.js";
import { joined, type KeptRun } from "./read-run.js";
import { claimsOf } from "./run-folder.js";

/** A layer, and what stands in its way. */
export interface WithReason {
  readonly placement: Placement;
  readonly reason: string;
}

/** How far a run is. */
export interface RunStatus {
  /** Layers that need no more work for the columns of every analysis. */
  readonly done: readonly Placement[];
  /** Those of `done` without what optional columns of the run need, by the options that ask for them. */
  readonly withoutColumns: readonly { readonly placement: Placement; readonly options: readonly ExtraName[] }[];
  /** Those of `done` whose weights have no useful spectrum, with the reason: their rows have no numbers. */
  readonly withoutSpectrum: readonly WithReason[];
  /** Layers that failed when they were last tried, with the reason. The next process tries them again. */
  readonly failed: readonly WithReason[];
  readonly missing: readonly Placement[];
  /** Floating-point operations of what is done and of all. */
  readonly workDone: number;
  readonly workTotal: number;
  /** Layers that a living process is at. */
  readonly claimed: number;
  /** Bytes that belong to no whole record: of a killed process, or of a damaged file. */
  readonly droppedBytes: number;
}

/** Looks at what the folders of a run hold, by its plan. */
export async function statusOfRun({ plan, folders, stores }: KeptRun): Promise<RunStatus> {
  const files = await digestOfFiles(plan.files);
  const [done, missing]: [Placement[], Placement[]] = [[], []];
  const [failed, withoutSpectrum]: [WithReason[], WithReason[]] = [[], []];
  const withoutColumns: { placement: Placement; options: ExtraName[] }[] = [];
  const isKept = async (job: ValuesJob): Promise<boolean> => {
    const key = await valuesKey(job);
    return stores.some((store) => store.has(key));
  };
  const store = joined(stores);
  const claims = new Set<string>();
  for (const folder of folders) for (const key of await livingClaims(claimsOf(folder))) claims.add(key);
  for (const placement of plan.placements) {
    const exact = await store.get(placement.key);
    if (exact?.kind === "exact") {
      const unmeasured = await unmeasuredOf(placement, { exact, options: plan.options, isKept });
      if (unmeasured === "missing") {
        missing.push(placement);
        continue;
      }
      done.push(placement);
      if (unmeasured.length > 0) withoutColumns.push({ placement, options: unmeasured });
    } else if (exact?.kind === "degenerate") {
      done.push(placement);
      withoutSpectrum.push({ placement, reason: exact.reason });
    }
    // A failure is kept under the key of the exact spectrum, though an approximate one may have succeeded since.
    else if ((await store.get(await approximateKey(placement, plan, files))) !== undefined) done.push(placement);
    else if (exact?.kind === "failed") failed.push({ placement, reason: exact.reason });
    else missing.push(placement);
  }
  const workOf = (placements: readonly Placement[]): number => placements.reduce((sum, { work }) => sum + work, 0);
  const undone = new Set(missing);
  return {
    done,
    withoutColumns,
    withoutSpectrum,
    failed,
    missing,
    // In the plan's order, so that the sum is that of all when nothing is missing.
    workDone: workOf(plan.placements.filter((placement) => !undone.has(placement))),
    workTotal: workOf(plan.placements),
    claimed: missing.filter(({ key }) => claims.has(key)).length,
    droppedBytes: stores.reduce((sum, store) => sum + store.droppedBytes, 0),
  };
}

interface Measuring {
  readonly exact: Outcome & { readonly kind: "exact" };
  readonly options: KeptPlan["options"];
  readonly isKept: (job: ValuesJob) => Promise<boolean>;
}

/**
 * The options whose columns are not measured for a layer with an exact spectrum. "missing" if the null of its
 * permutations is not there, which all its columns need.
 */
async function unmeasuredOf(
  placement: Placement,
  { exact, options, isKept }: Measuring,
): Promise<ExtraName[] | "missing"> {
  const layer = keptLayer(placement, options.engine);
  const measured = { spectrum: exact.key, index: layer.index, heads: layer.heads };
  const spectrum = poolSpectrum(placement.stack, exact.spectrum, layer.eigenvalueScale);
  if (permutationsFor(layer, spectrum) > 0 && !(await isKept(permutedNullJob(measured, options)))) return "missing";
  const lacking: ExtraName[] = [];
  for (const extra of extrasAsked(options))
    if (!(await isKept(extraJob(measured, extra, options)))) lacking.push(extra.name);
  return lacking;
}

function approximateKey(placement: Placement, { options }: KeptPlan, files: string): Promise<string> {
  const layer = keptLayer(placement, options.engine);
  const context = {
    files,
    engine: options.engine,
    precision: precisionOf(layer, options.precision),
    seed: options.seed,
  };
  return jobKey(jobsOf(layer, context).approximate);
}
