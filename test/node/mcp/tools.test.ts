import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyze } from "#eigenscope/node/analyze.js";
import { MAX_ROWS } from "#eigenscope/node/mcp/limits.js";
import { noiseModel } from "../serve/serving.js";
import { folderWith, type Message, serving } from "./client.js";

const SHAPES = { "a.weight": [60, 40], "b.weight": [40, 30], "c.weight": [50, 20] } as const;
let folder: Awaited<ReturnType<typeof folderWith>>;
beforeAll(async () => {
  const model = noiseModel(SHAPES);
  folder = await folderWith({ "one.safetensors": model, "two.safetensors": noiseModel(SHAPES, 2), "notes.txt": "no" });
});
afterAll(() => folder.remove());

describe("the tools", () => {
  it("are these, each with schemas whose fields are described, and change nothing", async () => {
    const { client } = await serving([folder.path]);
    const { tools } = (await client.ask("tools/list")).result;
    expect(tools.map(({ name }: Message) => name)).toEqual([
      ...["list", "describe", "analyze", "compare", "rank", "explain"],
    ]);
    for (const { name, description, inputSchema, outputSchema, annotations } of tools) {
      if (name !== "explain") expect(description, name).toContain("never as instructions");
      for (const [field, schema] of Object.entries<Message>(inputSchema.properties))
        expect(schema.description, `${name}.${field}`).toMatch(/^[A-Zn"].*\.$/);
      expect(outputSchema.type, name).toBe("object");
      expect(annotations).toMatchObject({ readOnlyHint: true, openWorldHint: false });
    }
  });

  it("answer as their schemas say, with the same as text, and write no file", async () => {
    const { client } = await serving([folder.path]);
    const { tools } = (await client.ask("tools/list")).result;
    const calls: [string, object][] = [
      ["list", {}],
      ["describe", { path: "one.safetensors" }],
      ["analyze", { path: "one.safetensors" }],
      ["analyze", { path: "one.safetensors", columns: "all", layers: ["a.*"] }],
      ["compare", { a: "one.safetensors", b: "two.safetensors" }],
      ["rank", { paths: ["."], scores: ["one", "two"].map((name, i) => ({ name: `${name}.safetensors`, score: i })) }],
      ["explain", { word: "alpha" }],
    ];
    for (const [name, args] of calls) {
      const { structuredContent, content, isError } = await client.call(name, args);
      expect(isError, JSON.stringify(content)).toBeUndefined();
      expect(JSON.parse(content[0].text)).toEqual(structuredContent);
      const schema = tools.find((tool: Message) => tool.name === name).outputSchema;
      const isValid = new Ajv2020({ strict: false }).compile(schema);
      expect(isValid(structuredContent), JSON.stringify(isValid.errors)).toBe(true);
    }
    expect(await readdir(folder.path)).toEqual(["notes.txt", "one.safetensors", "two.safetensors"]);
  });

  it("say what the commands say", async () => {
    const { client } = await serving([folder.path]);
    const report = await analyze(join(folder.path, "one.safetensors")).report();
    const { headline, phases, rows, findings } = await client.result("analyze", { path: "one.safetensors" });
    expect(headline).toBe(report.summary.headline);
    expect(phases).toEqual({ ...report.summary.phases, undecided: report.summary.undecided });
    expect(rows.map(({ layer, phase, verdict }: Message) => [layer, phase, verdict])).toEqual(
      report.layers.map(({ longname, phase, verdict }) => [longname, phase, verdict]),
    );
    expect(rows[0]).toMatchObject({ layer: "a", shape: [60, 40], phase: "random-like", alpha: null });
    expect(findings.map(({ kind, what }: Message) => [kind, what])).toEqual(
      report.findings.map(({ kind, what }) => [kind, what]),
    );
    expect(findings.length).toBeGreaterThan(0);
    const compared = await client.result("compare", { a: "one.safetensors", b: "two.safetensors" });
    expect(compared).toMatchObject({ compared: 3, unchanged: 0, only_in_a: 0, mismatched: 0 });
    const ranked = await client.result("rank", { paths: ["one.safetensors", "two.safetensors"] });
    expect(ranked.rows.map(({ model, group }: Message) => [model, group])).toEqual([
      ["one", "hardly-begun"],
      ["two", "hardly-begun"],
    ]);
    const listed = await client.result("list", {});
    expect(listed.rows.map(({ path }: Message) => path)).toEqual(
      ["one.safetensors", "two.safetensors"].map((name) => join(folder.path, name)),
    );
  });

  it("give rows in pages, of a result that stays as it was", async () => {
    const { client } = await serving([folder.path]);
    for (const [name, args] of Object.entries({
      analyze: { path: "one.safetensors" },
      describe: { path: "one.safetensors" },
      compare: { a: "one.safetensors", b: "two.safetensors" },
      rank: { paths: ["one.safetensors", "two.safetensors"] },
      list: {},
    })) {
      const all = await client.result(name, args);
      expect(all.next_cursor, name).toBeNull();
      const found: Message[] = [];
      let cursor: string | undefined;
      do {
        const page = await client.result(name, { ...args, rows: 1, ...(cursor !== undefined && { cursor }) });
        expect(page.rows, name).toHaveLength(1);
        expect(page.rows_total).toBe(all.rows_total);
        expect(page.findings === undefined || cursor === undefined).toBe(true);
        found.push(...page.rows);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      expect(found).toEqual(all.rows);
    }
  });

  it("choose layers, and give all columns on request only", async () => {
    const { client } = await serving([folder.path]);
    const args = { path: "one.safetensors", layers: ["b"] };
    const [main, all] = [
      await client.result("analyze", args),
      await client.result("analyze", { ...args, columns: "all" }),
    ];
    expect(main.rows.map(({ layer }: Message) => layer)).toEqual(["b"]);
    expect(main.rows[0].lambda_plus).toBeUndefined();
    expect(all.rows[0]).toMatchObject({ layer: "b", longname: "b", N: 40, M: 30, alpha_valid: false });
    expect(all.rows[0].lambda_plus).toBeGreaterThan(0);
  });

  it.each([
    ["analyze", { path: "one.safetensors", rows: MAX_ROWS }, null],
    ["analyze", { path: "one.safetensors", rows: MAX_ROWS + 1 }, /rows/],
    ["analyze", { path: "one.safetensors", rows: 0 }, /rows/],
    ["analyze", { path: "" }, /path/],
    ["analyze", {}, /path/],
    ["analyze", { path: 7 }, /path/],
    ["analyze", { path: "one.safetensors", layers: "a" }, /layers/],
    ["analyze", { path: "one.safetensors", cursor: "0123456789abcdef.1" }, /no result that is still kept/],
    ["analyze", { path: "one.safetensors", layers: ["nothing"] }, /"nothing" matches no layer/],
    ["analyze", { path: "notes.txt" }, /^notes\.txt: /],
    ["compare", { a: "one.safetensors" }, /\bb\b/],
    ["rank", { paths: [] }, /paths/],
    ["rank", { paths: ["."], sort: "score" }, /needs scores/],
    ["rank", { paths: ["."], sort: "nothing" }, /^sort: found "nothing"/],
    ["rank", { paths: ["."], sort: "mean_alpha" }, null],
    ["rank", { paths: ["."], scores: [{ name: "x", score: 1 }] }, /x/],
    ["explain", { word: "alfa" }, /Did you mean alpha\?/],
    ["explain", { word: "x".repeat(61) }, /word/],
  ])("%s %j", async (name, args, refused) => {
    const { client, faults } = await serving([folder.path]);
    if (refused === null) await client.result(name, args);
    else expect(await client.refusal(name, args)).toMatch(refused);
    expect(faults).toEqual([]);
  });

  it("refuse a cursor of another call", async () => {
    const { client } = await serving([folder.path]);
    const { next_cursor: cursor } = await client.result("describe", { path: "one.safetensors", rows: 1 });
    expect(await client.refusal("describe", { path: "two.safetensors", cursor })).toContain("of another call");
    expect((await client.result("describe", { path: "one.safetensors", cursor })).rows).toHaveLength(2);
  });

  it("tell how far they are, if the client asks", async () => {
    const { client } = await serving([folder.path]);
    await client.call("analyze", { path: "one.safetensors" });
    expect(client.notes).toEqual([]);
    await client.call("analyze", { path: "one.safetensors" }, { progressToken: "p" });
    const told = client.notes.map(({ method, params }) => ({ method, ...params }));
    expect(told.every(({ method }) => method === "notifications/progress")).toBe(true);
    expect(told.map(({ progressToken }) => progressToken)).toEqual(told.map(() => "p"));
    expect(told.at(-1)).toMatchObject({ message: "3 of 3 layers", progress: told.at(-1).total });
    expect(told.map(({ progress }) => progress)).toEqual(told.map(({ progress }) => progress).sort((a, b) => a - b));
  });
});
