import { describe, expect, it } from "vitest";
import { fleetModel } from "#eigenscope/node/fleet/fleet-folder.js";
import { folderPlace } from "#eigenscope/node/run/folder-place.js";

describe("the folder of a model in a fleet's run", () => {
  it.each([
    ["/data/llama-3.1", "llama-3.1"],
    ["https://host.example/a/net 1.safetensors?signature=x", "net-1.safetensors"],
    ["org/model@v1:unet/x.safetensors", "x.safetensors"],
    ["/data/_hidden", "hidden"],
    ["/data/???", "model"],
    ["/data/what?.safetensors", "what-.safetensors"],
    ["/data/***", "model"],
    // Names of devices on Windows, which may share the folder.
    ["org/nul", "model-nul"],
    ["/data/con.safetensors", "model-con.safetensors"],
    ["/data/a...", "a"],
  ])("of %s is called %s, with a digest of its address", async (source, stem) => {
    const { name, report } = await fleetModel(folderPlace("/run"), { source });
    expect(name).toMatch(/-[0-9a-f]{8}$/);
    expect(name.slice(0, -9)).toBe(stem);
    expect(report.endsWith(`${name}.json`)).toBe(true);
  });

  it("has a name of at most 89 characters", async () => {
    const { name } = await fleetModel(folderPlace("/run"), { source: `/data/${"x".repeat(300)}` });
    expect(name).toHaveLength(89);
  });
});
