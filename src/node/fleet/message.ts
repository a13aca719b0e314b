import { isOrigin } from "../../analysis/run/manifest-shape.js";
import type { Digest } from "../../analysis/store/digest.js";
import { jobKey, type SpectrumJob } from "../../analysis/store/spectrum-job.js";

/** Raised when messages change so that an older worker would misread them. */
export const MESSAGE_FORMAT = 1;

/** Which run of which model a message is about. Addresses and names only. */
export interface ModelReference {
  readonly format: typeof MESSAGE_FORMAT;
  /** Where the model's run lies: an absolute path of the shared file system, or an address of object storage. */
  readonly run: string;
  /** Digest of its run.json. */
  readonly plan: Digest;
}

/** One layer to do: references to its weights, never bytes of them. */
export interface LayerMessage extends ModelReference {
  /** The address of the model, and of the base that it is merged onto. */
  readonly source: string;
  readonly base?: string;
  /** The layer's index in the plan, and its name for those who read the queue. */
  readonly layer: number;
  readonly name: string;
  readonly key: Digest;
  readonly job: SpectrumJob;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Floating-point operations. */
  readonly work: number;
}

/** The report of a model, when its layers are done. */
export interface ReportMessage extends ModelReference {
  /** How often what was missing was added again without a layer more in the store, and how many were missing then. */
  readonly rounds: number;
  readonly missing: number;
}

/** A message that is refused, whoever sent it: it is not tried again. */
export class RefusedMessage extends Error {
  override readonly name = "RefusedMessage";
}

/** Longer messages are none of ours: a merged layer with long names has about 4 KB. */
const MAX_MESSAGE_CHARACTERS = 65_536;
const MAX_TEXT = 4096;
const MAX_DIMENSIONS = 16;

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === "string" && value !== "" && value.length <= MAX_TEXT;
const isName: Check = (value) => typeof value === "string" && value.length <= MAX_TEXT;
const isDigest: Check = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isAmount: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
const oneOf =
  (...choices: readonly unknown[]): Check =>
  (value) =>
    choices.includes(value);

const SOLVE: Shape = {
  kind: oneOf("exact"),
  engine: oneOf("wasm", "native", "reference"),
  precision: oneOf("f64", "mixed", "f32"),
  version: isCount,
};
const JOB: Shape = { files: isDigest, origin: (value) => isOrigin(value), solve: (value) => has(value, SOLVE) };
const MODEL: Shape = { format: oneOf(MESSAGE_FORMAT), run: isText, plan: isDigest };
const LAYER: Shape = {
  ...MODEL,
  ...{ source: isText, layer: isCount, name: isName, key: isDigest, work: isAmount, dtype: isName },
  job: (value) => has(value, JOB),
  shape: (value) => Array.isArray(value) && value.length <= MAX_DIMENSIONS && value.every(isCount),
};
const REPORT: Shape = { ...MODEL, rounds: isCount, missing: isCount };

/** Whether `value` has exactly these fields, of these kinds, and of `optional` those that it has. */
function has(value: unknown, shape: Shape, optional: Shape = {}): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const checks: Shape = { ...shape, ...optional };
  return (
    Object.keys(value).every((key) => Object.hasOwn(checks, key)) &&
    Object.entries(checks).every(([key, check]) =>
      Object.hasOwn(value, key) ? check((value as Record<string, unknown>)[key]) : Object.hasOwn(optional, key),
    )
  );
}

/** Checks a message about a layer. Rejects with `RefusedMessage`. */
export async function layerMessage(data: unknown): Promise<LayerMessage> {
  assertShort(data);
  if (!has(data, LAYER, { base: isText })) throw refusal("a layer");
  const message = data as LayerMessage;
  if ((await jobKey(message.job)) !== message.key) throw new RefusedMessage("the key is not that of the message's job");
  return message;
}

/** Checks a message about a report. Throws `RefusedMessage`. */
export function reportMessage(data: unknown): ReportMessage {
  assertShort(data);
  if (!has(data, REPORT)) throw refusal("a report");
  return data as ReportMessage;
}

function assertShort(data: unknown): void {
  const length = JSON.stringify(data)?.length ?? 0;
  if (length > MAX_MESSAGE_CHARACTERS)
    throw new RefusedMessage(`the message has ${length} characters, at most ${MAX_MESSAGE_CHARACTERS} are read`);
}

function refusal(what: string): RefusedMessage {
  return new RefusedMessage(`this is no message about ${what} that this version of eigenscope reads`);
}
