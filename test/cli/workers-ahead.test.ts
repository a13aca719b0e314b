import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { workersAhead } from "#eigenscope/cli/workers-ahead.js";

const ENOUGH = 4 * 2 ** 20;

describe("workers that a command starts ahead", () => {
  const folder = mkdtempSync(join(tmpdir(), "eigenscope-ahead-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const sized = (name: string, bytes: number): string => {
    const path = join(folder, name);
    writeFileSync(path, "");
    truncateSync(path, bytes);
    return path;
  };
  const wanted = { dryRun: false, jobs: 8 };

  it("are two for a file of 4 MiB, none for less", () => {
    expect(workersAhead(sized("large.npy", ENOUGH), wanted)).toBe(2);
    expect(workersAhead(sized("small.npy", ENOUGH - 1), wanted)).toBe(0);
  });

  it("are not more than the jobs, and none where nothing is computed", () => {
    const path = sized("jobs.npy", ENOUGH);
    expect([1, 2].map((jobs) => workersAhead(path, { ...wanted, jobs }))).toEqual([1, 2]);
    expect(workersAhead(path, { ...wanted, dryRun: true })).toBe(0);
  });

  it("are for the files of a folder together, not for those in folders of it", () => {
    const parts = join(folder, "parts");
    mkdirSync(join(parts, "below"), { recursive: true });
    sized("parts/below/a.npy", ENOUGH);
    sized("parts/a.npy", ENOUGH / 2);
    expect(workersAhead(parts, wanted)).toBe(0);
    sized("parts/b.npy", ENOUGH / 2);
    expect(workersAhead(parts, wanted)).toBe(2);
  });

  it("are none for what is no file of this machine", () => {
    for (const path of [undefined, "-", "https://example.org/model.safetensors", join(folder, "none"), "/dev/zero"])
      expect(workersAhead(path, wanted)).toBe(0);
  });
});
