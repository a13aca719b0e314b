import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allowedBy, assertAllowed, assertRunAllowed } from "#eigenscope/node/fleet/allowed.js";

describe("what a worker may open", () => {
  let home: string;
  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), "allowed-")));
    for (const folder of ["models", "models-of-others"]) {
      await mkdir(join(home, folder));
      await writeFile(join(home, folder, "a.npy"), "");
    }
    await symlink(join(home, "models-of-others"), join(home, "models/out"));
    await symlink(join(home, "models"), join(home, "in"));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it("is named by folders that exist, and by hosts", async () => {
    expect(await allowedBy([join(home, "in"), "Hub.example", "localhost:80"])).toEqual({
      folders: [join(home, "models")],
      hosts: ["hub.example", "localhost:80"],
    });
    expect(await allowedBy(["s3://bucket", "s3://bucket/models"])).toEqual({
      ...{ folders: [], hosts: [] },
      prefixes: [
        { bucket: "bucket", key: "" },
        { bucket: "bucket", key: "models/" },
      ],
    });
    for (const name of ["s3://bucket/../a", "s3://b", join(home, "none"), "https://hub", "a b", ""])
      await expect(allowedBy([name])).rejects.toThrow("option allow: found");
  });

  it.each([
    ["models", true],
    ["models/a.npy", true],
    ["models/*.npy", true],
    ["in/a.npy", true],
    ["models/../models/a.npy", true],
    ["models-of-others/a.npy", false],
    ["models/../models-of-others/a.npy", false],
    ["models/out/a.npy", false],
    ["models/out/*.npy", false],
    ["models/none.npy", false],
    [".", false],
  ])("a path counts where its links lead: %s %s", async (path, isAllowed) => {
    const asked = assertAllowed(`${home}/${path}`, await allowedBy([join(home, "models")]));
    if (isAllowed) await expect(asked).resolves.toBeUndefined();
    else await expect(asked).rejects.toThrow("is not in a folder that --allow of this worker names");
  });

  it.each([
    ["https://hub.example/a/model.npy", true],
    ["https://hub.example:444/a/model.npy", false],
    ["https://hub.example.org/model.npy", false],
    ["http://127.0.0.1:81/model.npy", true],
    ["http://127.0.0.1/model.npy", false],
    ["org/model@main", false],
    ["file:///etc/passwd", false],
    ["model.npy", false],
  ])("an address counts by host and port: %s %s", async (address, isAllowed) => {
    const asked = assertAllowed(address, await allowedBy(["hub.example", "127.0.0.1:81"]));
    if (isAllowed) await expect(asked).resolves.toBeUndefined();
    else await expect(asked).rejects.toThrow(/--allow of this worker does not name|no absolute path/);
  });

  it.each([
    ["s3://bucket/models/a.npy", true],
    ["s3://bucket/models/", true],
    ["s3://bucket/models/llama/", true],
    // An object of this name would be read with what lies beside it.
    ["s3://bucket/models", false],
    ["s3://bucket/models-secret/a.npy", false],
    ["s3://bucket/models-secret/", false],
    ["s3://bucket/models%2fa.npy", false],
    ["s3://bucket/models/../secret/a.npy", false],
    ["s3://bucket/models//a.npy", false],
    ["s3://other/models/a.npy", false],
    ["https://bucket.s3.eu-west-1.amazonaws.com/models/a.npy", false],
  ])("an object counts by the folder that it lies in: %s %s", async (address, isAllowed) => {
    const asked = assertAllowed(address, await allowedBy(["s3://bucket/models", home]));
    if (isAllowed) await expect(asked).resolves.toBeUndefined();
    else await expect(asked).rejects.toMatchObject({ name: "RefusedMessage" });
  });

  it("a run counts by its folder, or its prefix", async () => {
    const runs = [join(home, "models"), "s3://bucket/runs"];
    for (const run of [join(home, "models"), "s3://bucket/runs", "s3://bucket/runs/a/models/m"])
      await expect(assertRunAllowed(run, runs)).resolves.toBeUndefined();
    for (const run of [join(home, "models-of-others"), "s3://bucket/runs-of-others/a", "s3://bucket", "s3://x/.."])
      await expect(assertRunAllowed(run, runs)).rejects.toMatchObject({ name: "RefusedMessage" });
    await expect(assertRunAllowed("s3://bucket/runs/a", [home])).rejects.toThrow("that --run of this worker names");
  });

  it("a name of a hub is refused where something on this disk has it", async () => {
    await expect(assertAllowed("src/model", await allowedBy(["huggingface.co"]))).rejects.toThrow("no absolute path");
    await expect(assertAllowed("org/model", await allowedBy(["huggingface.co"]))).resolves.toBeUndefined();
  });
});
