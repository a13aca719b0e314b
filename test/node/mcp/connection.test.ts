import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_MESSAGE_BYTES } from "#eigenscope/node/mcp/limits.js";
import { noiseModel } from "../serve/serving.js";
import { folderWith, type Message, serving } from "./client.js";

const LAYERS = 60;
let folder: Awaited<ReturnType<typeof folderWith>>;
beforeAll(async () => {
  const shapes = Object.fromEntries(Array.from({ length: LAYERS }, (_, i) => [`l${i}.weight`, [160, 120] as const]));
  folder = await folderWith({
    "long.safetensors": noiseModel(shapes),
    "short.safetensors": noiseModel({ "a.weight": [30, 20] }),
  });
});
afterAll(() => folder.remove());

/** Resolves when the client has heard of progress. */
async function progress(client: { readonly notes: Message[] }): Promise<void> {
  while (client.notes.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

describe("the connection", () => {
  it.each(["2025-11-25", "2025-06-18", "2024-11-05"])("speaks version %s of the protocol", async (version) => {
    const { client } = await serving([folder.path]);
    expect((await client.open(version)).protocolVersion).toBe(version);
  });

  it("speaks version 2026-07-28, in which each request says who asks", async () => {
    const { client } = await serving([folder.path], { silent: true });
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "a test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const call = { name: "describe", arguments: { path: "short.safetensors" }, _meta };
    const { result } = await client.ask("tools/call", call);
    expect(result.structuredContent.rows).toHaveLength(1);
  });

  it("ends a call that the client cancels, sends no answer, and goes on with the next", async () => {
    const { client, faults } = await serving([folder.path]);
    const long = { name: "analyze", arguments: { path: "long.safetensors" }, _meta: { progressToken: 1 } };
    const { id } = client.send("tools/call", long);
    await progress(client);
    client.notify("notifications/cancelled", { requestId: id, reason: "changed my mind" });
    // It waits for the other one, which otherwise would come to its end first.
    expect((await client.result("analyze", { path: "short.safetensors" })).rows).toHaveLength(1);
    expect(client.notes.some(({ params }) => params.progress === params.total)).toBe(false);
    expect(client.lines.some((line) => JSON.parse(line).id === id)).toBe(false);
    expect(faults).toEqual([]);
  });

  it("comes to the end of the same call if nobody cancels it", async () => {
    const { client } = await serving([folder.path]);
    await client.call("analyze", { path: "long.safetensors" }, { progressToken: 1 });
    expect(client.notes.at(-1).params.message).toBe(`${LAYERS} of ${LAYERS} layers`);
  });

  it("ends when the client hangs up, and running calls with it", async () => {
    const { client, hangUp, ended, faults } = await serving([folder.path]);
    const long = { name: "analyze", arguments: { path: "long.safetensors" }, _meta: { progressToken: 1 } };
    client.send("tools/call", long);
    await progress(client);
    hangUp();
    await ended;
    expect(client.notes.some(({ params }) => params.progress === params.total)).toBe(false);
    expect(faults).toEqual([]);
  });

  it.each(["{", "[]", "null", '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","id":9,"method":"ping"}', "\u0000", '"x"'])(
    "ignores the line %j",
    async (line) => {
      const { client } = await serving([folder.path]);
      client.write(line);
      expect(await client.result("explain", { word: "alpha" })).toBeDefined();
    },
  );

  it.each([
    ["tools/call", { name: "nothing", arguments: {} }, /nothing/],
    ["tools/call", { name: "constructor", arguments: {} }, /./],
    ["nothing/at-all", {}, /not found/i],
    ["resources/list", {}, /not found/i],
  ])("answers %s %j with an error of the protocol", async (method, params, words) => {
    const { client } = await serving([folder.path]);
    const { error, result } = await client.ask(method, params);
    expect(error?.message ?? result.content[0].text).toMatch(words);
    expect(error !== undefined || result.isError).toBe(true);
  });

  it("reads a message of the most bytes, and ends at a longer one", async () => {
    const { client, ended, nonsense } = await serving([folder.path]);
    const start = '{"jsonrpc":"2.0","id":77,"method":"ping","params":{"_meta":{"x":"';
    const fill = (bytes: number): string => `${start}${"x".repeat(bytes - start.length - 5)}"}}}`;
    // With the end of the line.
    client.write(fill(MAX_MESSAGE_BYTES));
    expect(await client.result("explain", { word: "alpha" })).toBeDefined();
    expect(nonsense).toEqual([]);
    client.write(fill(MAX_MESSAGE_BYTES + 1));
    await ended;
    expect(nonsense[0].message).toContain("exceeded maximum size");
  });
});
