import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allowedBy, assertAllowed } from "#eigenscope/node/fleet/allowed.js";

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
    for (const name of [join(home, "none"), "https://hub", "a b", ""])
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

  it("a name of a hub is refused where something on this disk has it", async () => {
    await expect(assertAllowed("src/model", await allowedBy(["huggingface.co"]))).rejects.toThrow("no absolute path");
    await expect(assertAllowed("org/model", await allowedBy(["huggingface.co"]))).resolves.toBeUndefined();
  });
});
