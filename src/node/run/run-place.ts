import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import type { RunKeeper } from "../../analysis/store/run-keeper.js";
import type { HowRead, KeptStore } from "./kept-store.js";
import type { KeptRun } from "./read-run.js";

/**
 * A place where runs are kept: a folder of a shared file system, or a prefix of a bucket. Small texts lie there, each
 * whole or absent, and the outcomes of runs. Names have no slash.
 */
export interface RunPlace {
  /** An absolute path, or s3://bucket/prefix. */
  readonly address: string;
  /** A place within this one. */
  below(...names: readonly string[]): RunPlace;
  /** The address of a text in it. */
  addressOf(name: string): string;
  /** A text. Undefined if there is none. */
  read(name: string): Promise<string | undefined>;
  has(name: string): Promise<boolean>;
  /** Writes a text that never changes: of several writers the first wins, and none of them rejects. */
  writeOnce(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** The names of the places directly within this one. */
  names(): Promise<string[]>;

  /** The plan of the run that is kept here. Undefined if there is none. */
  plan(): Promise<KeptPlan | undefined>;
  /** The run that is kept here. Rejects with a `FormatError` if there is none. */
  kept(): Promise<KeptRun>;
  /** Begins or joins the run. */
  keeper(): RunKeeper;
  outcomes(how?: HowRead): KeptStore;

  /** Writes a report as a whole, in the place of an earlier one, from its pieces; `run` is what it was made of. */
  writeReport(name: string, pieces: Iterable<string>, run: KeptRun): Promise<void>;
  /** Whether a report is there, and nothing was added to the run in `model` since. */
  hasReport(name: string, model: RunPlace): Promise<boolean>;
  /** Rejects if no run can be kept here, with what to do. For a coordinator, before it begins. */
  assertUsable(): Promise<void>;
}
