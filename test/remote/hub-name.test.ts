import { describe, expect, it } from "vitest";
import { atRevision, parseHubAddress, parseHubName, shownHubName } from "#eigenscope/remote/index.js";

describe("the name of a model on a hub", () => {
  it.each([
    ["org/model", { repository: "org/model", folder: "" }],
    ["org/model@v1.0", { repository: "org/model", revision: "v1.0", folder: "" }],
    ["org/model@refs/pr/3", { repository: "org/model", revision: "refs/pr/3", folder: "" }],
    ["org/model:a.safetensors", { repository: "org/model", file: "a.safetensors", folder: "" }],
    ["org/model@main:unet/a.bin", { repository: "org/model", revision: "main", file: "a.bin", folder: "unet/" }],
    ["org/model:unet/", { repository: "org/model", folder: "unet/" }],
    ["org/model:odd@name", { repository: "org/model", file: "odd@name", folder: "" }],
  ])("%s is read, and shown as it was typed", (text, expected) => {
    const name = parseHubName(text);
    expect(name).toEqual(expected);
    expect(name && shownHubName(name)).toBe(text);
  });

  it.each([
    "model",
    "a/b/c",
    "./org/model",
    "/org/model",
    "../model",
    "org/",
    "org/model@",
    "org/model@a@b",
    "org/model:",
    "org/mo..del",
    "org/model@../x",
    "org/model@a..b",
    "org/model:../x",
    "org/model:/etc/passwd",
    "org/model:a//b",
    "org/model:a\\b",
    "org/model:a\u001b",
    "org\\model",
    "org/mo--del",
    `org/${"m".repeat(97)}`,
    "https://a/b",
    "C:\\org/model",
  ])("%j is none", (text) => {
    expect(parseHubName(text)).toBeUndefined();
  });

  it("takes a revision beside the name, but not two", () => {
    const name = parseHubName("org/model@v1");
    expect(atRevision(parseHubName("org/model")!, "v2").revision).toBe("v2");
    expect(atRevision(name!, "v1")).toBe(name);
    expect(() => atRevision(name!, "v2")).toThrow('two revisions are given, "v1" and "v2"');
    expect(() => atRevision(parseHubName("org/model")!, "../x")).toThrow("is not a valid revision");
  });

  it.each([
    ["https://hub.example/org/model", "org/model"],
    ["https://hub.example/org/model/", "org/model"],
    ["https://hub.example/org/model/tree/v1", "org/model@v1"],
    ["https://hub.example/org/model/tree/v1/unet", "org/model@v1:unet/"],
    ["https://hub.example/org/model/blob/main/unet/a.safetensors", "org/model@main:unet/a.safetensors"],
    ["https://hub.example/org/model/resolve/refs%2Fpr%2F1/a.bin?download=true", "org/model@refs/pr/1:a.bin"],
    ["https://hub.example/api/models/org/model", undefined],
    ["https://hub.example/datasets/org/data/resolve/main/a.npy", undefined],
    ["https://other.example/org/model", undefined],
    ["https://hub.example/org", undefined],
  ])("%s stands for %s", (address, expected) => {
    const name = parseHubAddress(new URL(address), new URL("https://hub.example"));
    expect(name && shownHubName(name)).toBe(expected);
  });
});
