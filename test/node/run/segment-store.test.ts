import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { frameOf, HEAD_BYTES } from "#eigenscope/analysis/run/records.js";
import type { Outcome } from "#eigenscope/analysis/store/outcome.js";
import { crc32c } from "#eigenscope/bytes/checksum.js";
import { SegmentStore } from "#eigenscope/node/run/segment-store.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const values = (key: string, length = 3): Outcome => ({
  key,
  kind: "values",
  values: Float64Array.from({ length }, (_, i) => i / 7),
});
const failed = (key: string): Outcome => ({ key, kind: "failed", reason: "unreadable" });
const segments = async (): Promise<string[]> => (await readdir(folder)).map((name) => join(folder, name));

/** The head of a record of any length, with the check that fits. */
function headOf(length: number): Uint8Array {
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  head.setBigUint64(0, BigInt(length), true);
  const crc = crc32c(new Uint8Array(head.buffer, 0, 8));
  head.setUint32(8, ((crc >>> 15) | (crc << 17)) + 0xa282ead8, true);
  return new Uint8Array(head.buffer);
}

describe("the segments of a run", () => {
  it("asks the folder once for many keys at a time, and for what was put before each was asked", async () => {
    const [writer, reader] = [new SegmentStore(folder), new SegmentStore(folder)];
    const readings = vi.spyOn(reader as unknown as { readOnAll(): Promise<void> }, "readOnAll");
    await writer.put(values("a"));
    const first = ["a", "x", "y", "z"].map((key) => reader.get(key));
    expect(await Promise.all(first)).toEqual([values("a"), undefined, undefined, undefined]);
    expect(readings).toHaveBeenCalledTimes(1);
    // A question that comes while the folder is read is answered by the next reading.
    const running = reader.get("b");
    await Promise.resolve();
    expect(readings).toHaveBeenCalledTimes(2);
    const put = writer.put(values("b"));
    await put;
    const later = [reader.get("b"), reader.get("c")];
    await running;
    expect(await Promise.all(later)).toEqual([values("b"), undefined]);
    expect(readings.mock.calls.length).toBeLessThanOrEqual(3);
    await Promise.all([writer.close(), reader.close()]);
  });

  it("reads the folder once at a time: two readings would take the same records twice", async () => {
    const reader = new SegmentStore(folder);
    const inner = reader as unknown as { readOnAll(): Promise<void> };
    const readOnAll = inner.readOnAll.bind(reader);
    let [running, most] = [0, 0];
    vi.spyOn(inner, "readOnAll").mockImplementation(async () => {
      most = Math.max(most, ++running);
      await readOnAll();
      running--;
    });
    const asked: Promise<unknown>[] = [];
    for (const key of ["a", "b", "c", "d"]) {
      asked.push(reader.get(key));
      // The reading of the folder has begun, and waits for the disk.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
    await Promise.all(asked);
    expect([most, running]).toEqual([1, 0]);
  });

  it("says to each that asked why the folder cannot be read, and asks again the next time", async () => {
    const reader = new SegmentStore(join(folder, "file"));
    await writeFile(join(folder, "file"), "not a folder");
    const refused = await Promise.allSettled([reader.get("a"), reader.get("b")]);
    expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await rm(join(folder, "file"));
    expect(await reader.get("a")).toBeUndefined();
  });

  it("give back what was put, in this process and in the next, from one file a process", async () => {
    const store = new SegmentStore(folder);
    await Promise.all(["a", "b", "c"].map((key) => store.put(values(key))));
    expect(await store.get("b")).toEqual(values("b"));
    await store.close();
    expect(await segments()).toHaveLength(1);
    const next = new SegmentStore(folder);
    await next.refresh();
    expect([next.size, await next.get("a"), await next.get("x")]).toEqual([3, values("a"), undefined]);
    await next.put(values("d"));
    await next.close();
    expect(await segments()).toHaveLength(2);
  });

  it("of a process that only reads leave no file", async () => {
    const store = new SegmentStore(join(folder, "none"));
    expect(await store.get("a")).toBeUndefined();
    await store.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it("show what another process puts while both are open, unless nothing is to be looked for", async () => {
    const [one, other, fixed] = [
      new SegmentStore(folder),
      new SegmentStore(folder),
      new SegmentStore(folder, { live: false }),
    ];
    await fixed.refresh();
    await one.put(values("a"));
    expect(await other.get("a")).toEqual(values("a"));
    await one.put(values("b"));
    expect(await other.get("b")).toEqual(values("b"));
    expect(await fixed.get("a")).toBeUndefined();
    await Promise.all([one.close(), other.close()]);
  });

  it("keep a success beside a failure, whichever came first and in whichever file", async () => {
    for (const order of [
      [failed("a"), values("a")],
      [values("a"), failed("a")],
    ]) {
      const stores = [new SegmentStore(folder), new SegmentStore(folder)];
      for (const [i, outcome] of order.entries()) await stores[i].put(outcome);
      for (const store of stores) {
        await store.refresh();
        expect(await store.get("a")).toEqual(values("a"));
        await store.close();
      }
      const next = new SegmentStore(folder);
      expect(await next.get("a")).toEqual(values("a"));
      const report = new SegmentStore(folder, { live: false });
      await report.refresh();
      expect(await report.get("a")).toEqual(values("a"));
      for (const path of await segments()) await rm(path);
    }
    const store = new SegmentStore(folder);
    await store.put(failed("a"));
    expect(await store.get("a")).toEqual(failed("a"));
    await store.close();
  });

  it("that were cut anywhere give the whole records before the cut, and count the rest", async () => {
    const store = new SegmentStore(folder);
    await store.put(values("a"));
    await store.put(values("b"));
    await store.close();
    const [path] = await segments();
    const { length } = await readFile(path);
    for (let cut = length - 1; cut > 0; cut -= 13) {
      await truncate(path, cut);
      const next = new SegmentStore(folder);
      await next.refresh();
      const whole = cut < length / 2 ? 0 : 1;
      expect(next.size).toBe(whole);
      expect(await next.get("a")).toEqual(whole === 1 ? values("a") : undefined);
      expect(next.droppedBytes).toBe(cut - (whole * length) / 2);
    }
  });

  it("that end in a half-written record show it once it is whole", async () => {
    const store = new SegmentStore(folder);
    await store.put(values("a"));
    await store.close();
    const [path] = await segments();
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, 20));
    const reader = new SegmentStore(folder);
    expect(await reader.get("a")).toBeUndefined();
    await appendFile(path, bytes.subarray(20));
    expect(await reader.get("a")).toEqual(values("a"));
    expect(reader.droppedBytes).toBe(0);
  });

  it("hold records longer than the piece that is read at a time", async () => {
    const store = new SegmentStore(folder);
    await store.put(values("small"));
    // 24 MB, where a piece has 16 MiB.
    await store.put(values("large", 3e6));
    await store.put(values("after"));
    await store.close();
    const next = new SegmentStore(folder);
    await next.refresh();
    expect(next.size).toBe(3);
    const large = await next.get("large");
    const array = large?.kind === "values" ? (large.values as Float64Array) : new Float64Array(0);
    expect([array.length, array[0], array.at(-1)]).toEqual([3e6, 0, 2_999_999 / 7]);
  });

  it("reject every put after the disk refused one, and are read as far as they are whole", async () => {
    const store = new SegmentStore("/dev/null/segments");
    await expect(store.put(values("a"))).rejects.toThrow(
      "/dev/null/segments: this, or a part of its path, is not a folder",
    );
    await expect(store.put(values("b"))).rejects.toThrow(
      "/dev/null/segments: this, or a part of its path, is not a folder",
    );
    await store.close();
    // Even if the disk would take it now: behind half a record nothing is found.
    const place = join(folder, "segments");
    await writeFile(place, "in the way");
    const later = new SegmentStore(place);
    await expect(later.put(values("a"))).rejects.toThrow(`${place}: `);
    await rm(place);
    await expect(later.put(values("b"))).rejects.toThrow(`${place}: `);
    await later.close();
    await expect(readdir(place)).rejects.toThrow(/ENOENT/);
  });

  it("are read once by a process that only reads: what it has decoded it keeps", async () => {
    const store = new SegmentStore(folder);
    await store.put(values("a"));
    await store.close();
    const report = new SegmentStore(folder, { live: false });
    await report.refresh();
    await rm((await segments())[0]);
    expect(await report.get("a")).toEqual(values("a"));
  });

  it.runIf(existsSync("/proc/self/fd"))("leave no file open, however many outcomes are read", async () => {
    const [store, reader] = [new SegmentStore(folder), new SegmentStore(folder)];
    await store.put(values("a"));
    for (let i = 0; i < 10; i++) expect(await reader.get("a")).toEqual(values("a"));
    await Promise.all([store.close(), reader.close()]);
    const open = await Promise.all(
      (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
    );
    expect(open.filter((path) => path.startsWith(folder))).toEqual([]);
  });

  it("are finished by close: what was put before is on disk, whether it was waited for or not", async () => {
    const store = new SegmentStore(folder);
    const puts = ["a", "b", "c"].map((key) => store.put(values(key, 10_000)));
    await store.close();
    await Promise.all(puts);
    const next = new SegmentStore(folder);
    await next.refresh();
    expect([next.size, await segments()]).toEqual([3, [expect.stringMatching(/\.seg$/)]]);
  });

  it("are the files of that name alone: what else lies in the folder is not read", async () => {
    const store = new SegmentStore(folder);
    await store.put(values("a"));
    await store.close();
    const [path] = await segments();
    await writeFile(join(folder, ".nfs0001"), await readFile(path));
    await rm(path);
    const next = new SegmentStore(folder);
    await next.refresh();
    expect([next.size, next.droppedBytes]).toEqual([0, 0]);
  });

  // Files of sysfs have 4096 bytes by their size, and fewer to read: as a segment that is cut while it is read.
  const SHORT = "/sys/kernel/mm/transparent_hugepage/enabled";
  it.runIf(existsSync(SHORT))("that have fewer bytes than their size are read to their end", async () => {
    await symlink(SHORT, join(folder, "short.seg"));
    const store = new SegmentStore(folder);
    await store.refresh();
    expect([store.size, store.droppedBytes]).toEqual([0, 4096]);
  });

  it("say so when a record that was there is gone", async () => {
    const store = new SegmentStore(folder);
    await store.put(values("a"));
    await store.close();
    const next = new SegmentStore(folder);
    await next.refresh();
    await truncate((await segments())[0], 30);
    await expect(next.get("a")).rejects.toThrow(/a record of the run is gone.*Run the analysis again/);
  });

  it("of which one record is damaged lose that one only, and count its bytes once", async () => {
    const store = new SegmentStore(folder);
    for (const key of ["a", "b", "c"]) await store.put(values(key));
    await store.close();
    const [path] = await segments();
    const bytes = await readFile(path);
    const third = bytes.length / 3;
    bytes[third + HEAD_BYTES + 5] ^= 1;
    await writeFile(path, bytes);
    const next = new SegmentStore(folder);
    for (let reading = 0; reading < 2; reading++) {
      await next.refresh();
      expect([next.has("a"), next.has("b"), next.has("c"), next.droppedBytes]).toEqual([true, false, true, third]);
    }
    // Behind a damaged head nothing can be found.
    bytes[third] ^= 1;
    await writeFile(path, bytes);
    const last = new SegmentStore(folder);
    await last.refresh();
    expect([last.has("a"), last.has("c"), last.droppedBytes]).toEqual([true, false, 2 * third]);
  });

  it("of any size with a damaged or endless head are given up at once, not read whole", async () => {
    await mkdir(folder, { recursive: true });
    // The helper makes the heads that the store writes.
    expect(headOf(0)).toEqual(frameOf(new Uint8Array(0)).slice(0, HEAD_BYTES));
    for (const [name, length] of [
      ["damaged", 0],
      ["endless", 2 ** 34],
    ] as const) {
      const path = join(folder, `${name}.seg`);
      const begin = length === 0 ? new Uint8Array(HEAD_BYTES).fill(7) : headOf(length);
      await writeFile(path, begin);
      // A sparse file: 64 GiB, of which none is on the disk.
      await truncate(path, 2 ** 36);
    }
    const store = new SegmentStore(folder);
    await store.refresh();
    expect([store.size, store.droppedBytes]).toEqual([0, 2 ** 37]);
  });

  it("that are no files are refused by name, and a record that is no outcome does not count", async () => {
    await mkdir(join(folder, "x.seg"), { recursive: true });
    await expect(new SegmentStore(folder).refresh()).rejects.toThrow(/x.seg: is not a file. Remove it/);
    await rm(join(folder, "x.seg"), { recursive: true });
    await promisify(execFile)("mkfifo", [join(folder, "y.seg")]);
    await expect(new SegmentStore(folder).refresh()).rejects.toThrow(/y.seg: is not a file. Remove it/);
    await rm(join(folder, "y.seg"));
    const texts = ["null", '{"key":1,"kind":"exact"}', "{", '{"key":"a","kind":"values","values":{"$array":[0,1e15]}}'];
    const records = texts.map((text) =>
      frameOf(new Uint8Array([text.length, 0, 0, 0, ...new TextEncoder().encode(text)])),
    );
    await writeFile(join(folder, "z.seg"), Buffer.concat(records));
    const store = new SegmentStore(folder);
    await store.refresh();
    expect([store.size, store.droppedBytes]).toEqual([0, Buffer.concat(records).length]);
  });
});
