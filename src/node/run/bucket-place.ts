import { type KeptPlan, parsePlan } from "../../analysis/run/parse-plan.js";
import type { RunPlan, RunSession } from "../../analysis/store/run-keeper.js";
import { FormatError } from "../../formats/index.js";
import { type Bucket, openBucket } from "../s3/bucket.js";
import type { S3World } from "../s3/s3-access.js";
import { asFolder, type S3Address, shownS3 } from "../s3/s3-address.js";
import { withoutConditions } from "../s3/s3-refusals.js";
import { BucketOutcomes, type Held } from "./bucket-outcomes.js";
import { planTexts } from "./manifest.js";
import type { KeptRun } from "./read-run.js";
import type { RunPlace } from "./run-place.js";
import { assertSameOption, assertSameRun } from "./same-run.js";

const OUTCOMES = "outcomes/";
/** Written twice by a coordinator: it has no other meaning. */
const PROBE = "writes-once";

/** A prefix of a bucket of S3-compatible object storage (decision 29). Rejects with `S3Unavailable`. */
export async function bucketPlace({ bucket, key }: S3Address, world: S3World = {}): Promise<RunPlace> {
  return new BucketPlace(await openBucket(bucket, world), asFolder({ bucket, key }).key);
}

class BucketPlace implements RunPlace {
  readonly address: string;
  private readonly held: Held = { outcomes: new Map(), bytes: 0 };

  /** `prefix` ends with a slash, or is empty. */
  constructor(
    private readonly bucket: Bucket,
    private readonly prefix: string,
  ) {
    this.address = shownS3({ bucket: bucket.name, key: prefix.replace(/\/$/, "") });
  }

  below(...names: readonly string[]): RunPlace {
    return new BucketPlace(
      this.bucket,
      names.reduce((prefix, name) => `${prefix}${name}/`, this.prefix),
    );
  }

  addressOf(name: string): string {
    return shownS3({ bucket: this.bucket.name, key: this.prefix + name });
  }

  async read(name: string): Promise<string | undefined> {
    const object = await this.bucket.get(this.prefix + name);
    return object && new TextDecoder().decode(object.bytes);
  }

  async has(name: string): Promise<boolean> {
    return (await this.bucket.note(this.prefix + name)) !== undefined;
  }

  async writeOnce(name: string, text: string): Promise<void> {
    await this.bucket.put(this.prefix + name, new TextEncoder().encode(text), { once: true });
  }

  remove(name: string): Promise<void> {
    return this.bucket.remove(this.prefix + name);
  }

  async names(): Promise<string[]> {
    const { folders } = await this.bucket.in(this.prefix);
    return folders.map((folder) => folder.slice(this.prefix.length, -1));
  }

  plan(): Promise<KeptPlan | undefined> {
    return parsePlan({ nameOf: (name) => this.addressOf(name), read: (name) => this.read(name) });
  }

  async kept(): Promise<KeptRun> {
    const plan = await this.plan();
    if (plan === undefined)
      throw new FormatError("there is no run here", {
        ...{ kind: "missing", file: this.address },
        remedy: "Name what was given to: eigenscope fleet submit --run.",
      });
    const store = this.outcomes({ live: false });
    await store.refresh();
    return { plan, folders: [], stores: [store] };
  }

  keeper() {
    return {
      engine: async (asked: KeptPlan["options"]["engine"] | "auto") => {
        const kept = (await this.plan())?.options.engine;
        if (kept !== undefined && asked !== "auto") assertSameOption("engine", [asked, kept], this.address);
        return kept;
      },
      begin: (plan: RunPlan) => this.begin(plan),
    };
  }

  outcomes(how = { live: true }): BucketOutcomes {
    return new BucketOutcomes({ bucket: this.bucket, prefix: this.prefix + OUTCOMES, held: this.held }, how);
  }

  async writeReport(name: string, pieces: Iterable<string>, { stores }: KeptRun): Promise<void> {
    const [made] = stores.filter((store) => store instanceof BucketOutcomes);
    const bytes = Buffer.concat(Array.from(pieces, (piece) => Buffer.from(piece)));
    await this.bucket.put(this.prefix + name, bytes, { note: await made?.state() });
  }

  /** By a note with the report: clocks of servers have seconds, and a layer may take less. */
  async hasReport(name: string, model: RunPlace): Promise<boolean> {
    const note = await this.bucket.note(this.prefix + name);
    if (note === undefined) return false;
    const outcomes = model.outcomes({ live: false });
    return outcomes instanceof BucketOutcomes && note === (await outcomes.stateNow());
  }

  /** A server that ignores the condition would let the last writer win: it is refused before anything depends on it. */
  async assertUsable(): Promise<void> {
    const probe = (): Promise<boolean> => this.bucket.put(this.prefix + PROBE, new Uint8Array(0), { once: true });
    if ((await probe()) && (await probe())) throw withoutConditions();
  }

  private async begin(plan: RunPlan): Promise<RunSession> {
    if ((await this.plan()) === undefined)
      for (const { name, text } of await planTexts(plan)) await this.writeOnce(name, text);
    assertSameRun(plan, (await this.plan()) as KeptPlan, { folder: this.address, here: true });
    const store = this.outcomes();
    return {
      ...{ store, keepsFirst: true },
      // The queue gives each layer to one worker.
      claim: async () => true,
      release: async () => {},
      pause: async () => {},
      close: () => store.close(),
    };
  }
}
