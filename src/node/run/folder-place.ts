import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceFile } from "../replace-file.js";
import { readPlan, writeOnce } from "./manifest.js";
import { readRun } from "./read-run.js";
import { runFolder, segmentsOf } from "./run-folder.js";
import type { RunPlace } from "./run-place.js";
import { SegmentStore } from "./segment-store.js";

/** A folder of a file system that all machines share (decision 20). */
export function folderPlace(folder: string): RunPlace {
  const at = (name: string): string => join(folder, name);
  return {
    address: folder,
    below: (...names) => folderPlace(join(folder, ...names)),
    addressOf: at,
    read: (name) => readFile(at(name), "utf8").catch(() => undefined),
    has: async (name) => (await lastChange(at(name))) !== undefined,
    writeOnce: (name, text) => writeOnce(at(name), text),
    remove: (name) => rm(at(name), { force: true }),
    names: () => readdir(folder).catch(() => []),

    plan: () => readPlan(folder),
    kept: () => readRun([folder]),
    keeper: () => runFolder(folder),
    outcomes: (how) => new SegmentStore(segmentsOf(folder), how),

    async writeReport(name, pieces) {
      const path = at(name);
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, pieces, { temporary: `${path}.${randomBytes(6).toString("hex")}.tmp`, flag: "wx" });
    },
    async hasReport(name, model) {
      const written = await lastChange(at(name));
      if (written === undefined) return false;
      const folderOfSegments = segmentsOf(model.address);
      const segments = await readdir(folderOfSegments).catch(() => []);
      const times = await Promise.all(segments.map(async (one) => (await stat(join(folderOfSegments, one))).mtimeMs));
      return times.every((time) => time <= written);
    },
    assertUsable: async () => {},
  };
}

async function lastChange(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
