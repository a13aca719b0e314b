import { mkdtemp, readdir, readFile, rm, truncate, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Outcome } from "#eigenscope/analysis/store/outcome.js";
import { bucketPlace } from "#eigenscope/node/run/bucket-place.js";
import { folderPlace } from "#eigenscope/node/run/folder-place.js";
import { joined } from "#eigenscope/node/run/read-run.js";
import type { RunPlace } from "#eigenscope/node/run/run-place.js";
import { BUCKET, startS3, type TestS3 } from "../s3/s3-server.js";
import { planOf } from "./plan-of.js";

const values = (key: string, length = 3): Outcome => ({
  key,
  kind: "values",
  values: Float64Array.from({ length }, (_, i) => i / 7),
});
const failed = (key: string, reason = "unreadable"): Outcome => ({ key, kind: "failed", reason });

/** What both kinds of places are tested on. */
interface Kind {
  readonly kind: string;
  /** A place of another process, which sees the same. */
  place(): Promise<RunPlace>;
  /** Cuts what keeps the one outcome of the run in a place, to half its length or to nothing. */
  cut(place: RunPlace, to: "half" | "nothing"): Promise<void>;
  /** Makes a report older than all that is written from now on: clocks of file systems go in steps. */
  backdate(path: string): Promise<void>;
  begin(): Promise<void>;
  end(): Promise<void>;
}

let folder: string;
const IN_FOLDER: Kind = {
  kind: "a folder",
  place: async () => folderPlace(folder),
  async cut(place, to) {
    const segments = join(place.address, "segments");
    const [name] = await readdir(segments);
    const { length } = await readFile(join(segments, name));
    await truncate(join(segments, name), to === "half" ? Math.floor(length / 2) : 0);
  },
  backdate: (path) => utimes(path, 1, 1),
  async begin() {
    folder = await mkdtemp(join(tmpdir(), "place-"));
  },
  end: () => rm(folder, { recursive: true, force: true }),
};

let server: TestS3;
const IN_BUCKET: Kind = {
  kind: "a bucket",
  place: () => bucketPlace({ bucket: BUCKET, key: "runs/a run+" }, { environment: server.environment }),
  async cut(place, to) {
    const [key] = [...server.objects.keys()].filter((name) =>
      `s3://${BUCKET}/${name}`.startsWith(`${place.address}/outcomes/`),
    );
    const { bytes } = server.objects.get(key) as { readonly bytes: Uint8Array };
    server.put(key, bytes.subarray(0, to === "half" ? bytes.length / 2 : 0));
  },
  backdate: async () => {},
  async begin() {
    server = await startS3();
  },
  end: () => server.close(),
};

describe.each([IN_FOLDER, IN_BUCKET])("a run in $kind", ({ place, cut, backdate, begin, end }) => {
  beforeEach(begin);
  afterEach(end);

  it("has texts that are whole or absent, and nothing where nothing was written", async () => {
    const run = await place();
    await run.assertUsable();
    expect([await run.read("x"), await run.has("x"), await run.names(), await run.plan()]).toEqual([
      ...[undefined, false, [], undefined],
    ]);
    await expect(run.kept()).rejects.toThrow("there is no run here");
    await run.remove("x");
  });

  it("keeps the first of two texts that are written once", async () => {
    const [one, other] = [await place(), await place()];
    await Promise.all([
      one
        .below("m")
        .keeper()
        .begin(await planOf()),
      other
        .below("m")
        .keeper()
        .begin(await planOf()),
    ]);
    await Promise.all([one.below("m").writeOnce("x", "1"), other.below("m").writeOnce("x", "2")]);
    const first = await one.below("m").read("x");
    expect(["1", "2"]).toContain(first);
    await other.below("m").writeOnce("x", "3");
    expect([await one.below("m").read("x"), await other.below("m").has("x")]).toEqual([first, true]);
    await one.below("m").remove("x");
    expect(await other.below("m").has("x")).toBe(false);
  });

  it("is begun once, joined by the same plan, and refuses another", async () => {
    const run = (await place()).below("models", "m");
    const plan = await planOf();
    await (await run.keeper().begin(plan)).close();
    await (await (await place()).below("models", "m").keeper().begin(plan)).close();
    expect((await run.plan())?.placements).toEqual(JSON.parse(JSON.stringify(plan.placements)));
    expect(await run.keeper().engine("auto")).toBe("wasm");
    await expect(run.keeper().engine("native")).rejects.toThrow('option engine: "native", but the run in');
    await expect(run.keeper().begin({ ...plan, options: { ...plan.options, seed: 7 } })).rejects.toThrow("option seed");
    const files = plan.files.map((file) => ({ ...file, modified: "later" }));
    await expect(run.keeper().begin({ ...plan, files })).rejects.toThrow("was changed after the run was begun");
    expect(await (await place()).below("models").names()).toEqual(["m"]);
  });

  it("gives back outcomes, in this process and in others, those that look once and those that look again", async () => {
    const [one, other] = [(await place()).outcomes(), (await place()).outcomes()];
    const fixed = (await place()).outcomes({ live: false });
    await one.put(values("a"));
    expect([await one.get("a"), await other.get("a"), await fixed.get("a")]).toEqual([
      values("a"),
      values("a"),
      undefined,
    ]);
    expect([one.has("a"), other.has("a"), fixed.has("a")]).toEqual([true, true, false]);
    await fixed.refresh();
    expect([await fixed.get("a"), fixed.has("a"), fixed.droppedBytes]).toEqual([values("a"), true, 0]);
    expect([await other.get("b"), other.has("b")]).toEqual([undefined, false]);
    await Promise.all([one.close(), other.close(), fixed.close()]);
  });

  it.each([
    ["before", [failed("a"), values("a")]],
    ["after", [values("a"), failed("a")]],
  ])("keeps a success whose failure came %s it", async (_, order) => {
    for (const outcome of order) {
      const store = (await place()).outcomes();
      await store.put(outcome);
      await store.close();
    }
    for (const live of [true, false]) {
      const store = (await place()).outcomes({ live });
      await store.refresh();
      expect([await store.get("a"), store.has("a")]).toEqual([values("a"), true]);
      await store.close();
    }
  });

  it("keeps a failure while there is nothing better, the last one", async () => {
    const store = (await place()).outcomes();
    await store.put(failed("a", "one"));
    await store.put(failed("a", "two"));
    await store.close();
    const next = (await place()).outcomes({ live: false });
    await next.refresh();
    expect(await joined([next]).get("a")).toEqual(failed("a", "two"));
  });

  it("keeps one outcome where two processes have the same", async () => {
    const stores = [(await place()).outcomes(), (await place()).outcomes()];
    await Promise.all(stores.map((store) => store.put(values("a"))));
    const next = (await place()).outcomes({ live: false });
    await next.refresh();
    expect([await next.get("a"), next.droppedBytes]).toEqual([values("a"), 0]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it.each(["half", "nothing"] as const)("drops an outcome that was cut to %s, and takes it again", async (to) => {
    const run = await place();
    const store = run.outcomes();
    await store.put(values("a"));
    await store.close();
    await cut(run, to);
    const found = (await place()).outcomes({ live: false });
    await found.refresh();
    expect([await found.get("a"), found.has("a"), found.droppedBytes > 0]).toEqual([undefined, false, to === "half"]);
    const again = (await place()).outcomes();
    expect(await again.get("a")).toBeUndefined();
    await again.put(values("a"));
    await again.close();
    await found.refresh();
    expect(await found.get("a")).toEqual(values("a"));
  });

  it("has a report until something is added to the run, and again when it is written again", async () => {
    const run = await place();
    const [model, reports] = [run.below("models", "m"), run.below("reports")];
    await (await model.keeper().begin(await planOf())).close();
    expect(await reports.hasReport("m.json", model)).toBe(false);
    const store = model.outcomes();
    await store.put(values("a"));
    await reports.writeReport("m.json", ["{", "}"], await model.kept());
    expect([await reports.hasReport("m.json", model), await reports.read("m.json")]).toEqual([true, "{}"]);
    await backdate(reports.addressOf("m.json"));
    await store.put(values("b"));
    await store.close();
    expect(await reports.hasReport("m.json", model)).toBe(false);
    await reports.writeReport("m.json", ['{"b":', "1}"], await model.kept());
    expect([await reports.hasReport("m.json", model), await reports.read("m.json")]).toEqual([true, '{"b":1}']);
  });
});

describe("a run in a bucket", () => {
  beforeEach(IN_BUCKET.begin);
  afterEach(IN_BUCKET.end);

  it.each(["ignored", "refused"] as const)("is refused where the server's conditions are %s", async (conditions) => {
    server.conditions = conditions;
    await expect((await IN_BUCKET.place()).assertUsable()).rejects.toThrow(
      "option s3: the server does not support conditional writes (If-None-Match: *)",
    );
  });

  it("is usable again and again, where what is written first stays", async () => {
    for (let i = 0; i < 3; i++) await (await IN_BUCKET.place()).assertUsable();
    expect(server.seen.map((request) => request.split("/").at(-1))).toEqual(Array(4).fill("writes-once"));
  });

  it("asks for an outcome and its failure by a request each, and puts it by one", async () => {
    const store = (await IN_BUCKET.place()).outcomes();
    await store.get("a");
    await store.put(values("a"));
    expect(server.seen.map((request) => request.replace(/ .*\//, " ")).sort()).toEqual([
      "GET a",
      "GET a.failed",
      "PUT a",
    ]);
    // Another process is told that it is there, and looks whether it is whole.
    server.seen.length = 0;
    await (await IN_BUCKET.place()).outcomes().put(values("a"));
    expect(server.seen.map((request) => request.replace(/ .*\//, " "))).toEqual(["PUT a", "GET a"]);
  });

  it("reads an outcome once for its status and its report", async () => {
    const run = (await IN_BUCKET.place()).below("m");
    await (await run.keeper().begin(await planOf())).close();
    for (const key of ["a", "b", "c"]) await run.outcomes().put(values(key));
    server.seen.length = 0;
    await run.kept();
    await run.kept();
    expect(server.seen.filter((request) => /outcomes\/.$/.test(request))).toHaveLength(3);
  });
});
