import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, it } from "vitest";
import { bytesInMemory, FormatError } from "#eigenscope/formats/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { FLAT_COLUMNS, GROUPS, RANK_COLUMNS, type Ranking, rankModels } from "#eigenscope/rank/index.js";
import {
  explainWord,
  rankingParquet,
  renderRanking,
  renderRankingCsv,
  renderRankingJson,
} from "#eigenscope/report/index.js";
import { inPlacePool } from "#eigenscope/spectra/in-place-pool.js";
import { createWasmEngine } from "#eigenscope/spectra/index.js";
import { npy } from "../ram-files.js";

const host = { createPool: async () => inPlacePool(createWasmEngine()) };

/** Six models of one square layer each: five with a score, and one that is broken. */
function rankingOf({ scored = true } = {}): Promise<Ranking> {
  const models = [1, 4, 2, 5, 3].map((scale, i) => {
    const normal = normalSampler(createRng(i + 1));
    const values = Float32Array.from({ length: 40 * 40 }, () => scale * normal());
    const name = `step-${scale}00.npy`;
    const open = async () => bytesInMemory(npy({ values, shape: [40, 40] }));
    return {
      path: `run/${name}`,
      files: { label: name, entry: name, list: async () => [name], open },
      ...(scored && { score: scale / 10 }),
    };
  });
  const broken = {
    path: "run/step-\u001b[31m600.npy",
    files: () =>
      Promise.reject(new FormatError("the file is cut\nhere, much too early for anything", { kind: "malformed" })),
    ...(scored && { score: 1 }),
  };
  return rankModels([...models, broken], { sort: "log_norm" }, host);
}

let ranking: Ranking;
let unscored: Ranking;
beforeAll(async () => {
  ranking = await rankingOf();
  unscored = await rankingOf({ scored: false });
});

describe("the table of a ranking", () => {
  it.each([200, 100, 80, 60, 40])("fits %d columns, tables and sentences", (width) => {
    for (const each of [ranking, unscored]) {
      const lines = renderRanking(each, { width, sort: "median_stable_rank" }).split("\n");
      expect(lines.filter((line) => line.length > width)).toEqual([]);
      expect(lines.filter((line) => line.startsWith("step-")).length).toBe(6);
    }
  });

  it("shows the models in their groups, in order, the failed one last with its reason", () => {
    const lines = renderRanking(ranking, { width: 120 }).split("\n");
    const at = (text: string): number => lines.findIndex((line) => line.startsWith(text));
    const order = [
      "model",
      "Hardly begun",
      "step-100",
      "step-200",
      "step-300",
      "step-400",
      "step-500",
      "Failed (1 model)",
    ];
    const places = order.map(at);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(lines[places[0]]).toMatch(/score$/);
    expect(lines[places[2]]).toMatch(/0\.100$/);
    expect(lines[places[7] + 1]).toMatch(/^step-\S+600 +failed: the file is cut/);
  });

  it("shows the column that orders the models, if it is not there anyway", () => {
    expect(renderRanking(ranking, { width: 120, sort: "valid_layers" }).split("\n")[0]).not.toContain("valid_layers");
    expect(renderRanking(ranking, { width: 120, sort: "entropy" }).split("\n")[0]).toContain("mean_entropy");
    expect(renderRanking(ranking, { width: 120 }).split("\n")[0]).not.toContain("mean_entropy");
  });

  it("shows correlations with intervals and p, marks what stays below 0.05 among all columns, and their bound", () => {
    const text = renderRanking(ranking, { width: 100 });
    expect(text).toMatch(/^log_norm +5 +1\.00 \(0\.\d\d, 1\.00\) +1\.00 \(0\.\d\d, 1\.00\) +0\.017$/m);
    expect(text).toContain("reaches 1.00 by chance in one of twenty");
    expect(renderRanking(unscored, { width: 100 })).not.toContain("spearman");
  });

  it("leaves Kendall's tau to the JSON where there is no room for it", () => {
    expect(renderRanking(ranking, { width: 80 })).toContain("kendall");
    expect(renderRanking(ranking, { width: 60 })).not.toContain("kendall");
    expect(renderRanking(ranking, { width: 60 })).toContain("spearman");
  });

  it("has only headings and groups that explain knows", () => {
    const [headings] = renderRanking(ranking, { width: 200 }).split("\n");
    for (const word of [...headings.trim().split(/\s+/), "spearman", "kendall", ...GROUPS])
      expect(explainWord(word === "model" ? "layer" : word), word).not.toBeNull();
    expect(explainWord("alpha_w")).toContain("The heading of alpha_weighted.");
  });

  it("says how the models are related, what may be compared, and how much was solved", () => {
    const text = renderRanking(ranking, { width: 400 });
    expect(text).toContain("The models have the same layers with the same shapes.");
    expect(text).toMatch(/^Comparable \(over valid layers\): alpha, .*\[MM21b\]/m);
    expect(text).toContain("5 spectra solved, 0 reused.");
    expect(text).toContain("Warning: log_norm (all, 1.00), ");
    expect(text).toMatch(/^Failed: .*the file is cut/m);
  });

  it("lets no control character of a name or a reason through, and has colour only when asked", () => {
    for (const width of [60, 120]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(renderRanking(ranking, { width })).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
      expect(renderRanking(ranking, { width, color: true })).toContain("\u001b[");
      expect(renderRanking(ranking, { width, color: true })).not.toContain("\u001b[31m600");
    }
  });
});

describe("the JSON of a ranking", () => {
  it("is valid by its schema, scored or not, and has every column", async () => {
    const schema = JSON.parse(await readFile(new URL("../../schema/rank.schema.json", import.meta.url), "utf8"));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    for (const each of [ranking, unscored, await rankModels([], {}, host)]) {
      validate(JSON.parse(renderRankingJson(each)));
      expect(validate.errors).toBeNull();
    }
    const [first] = JSON.parse(renderRankingJson(ranking)).models;
    expect(Object.keys(first.means)).toEqual(RANK_COLUMNS);
    expect(first).toMatchObject({ name: "step-100", path: "run/step-100.npy", layers: 1, score: 0.1 });
  });

  it("is refused by the schema where a field is missing or of another type", async () => {
    const schema = JSON.parse(await readFile(new URL("../../schema/rank.schema.json", import.meta.url), "utf8"));
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
    const parsed = () => JSON.parse(renderRankingJson(ranking));
    expect(validate({ ...parsed(), warnings: undefined, more: 1 })).toBe(false);
    const wrong = parsed();
    wrong.models[0].score = "high";
    expect(validate(wrong)).toBe(false);
    const strange = parsed();
    strange.correlations[0].spearman = 1.5;
    expect(validate(strange)).toBe(false);
  });
});

describe("the CSV of a ranking", () => {
  it("has one row per model and the columns of the flat table; null is empty", () => {
    const [header, ...rows] = renderRankingCsv(ranking).trimEnd().split("\n");
    expect(header.split(",")).toEqual(FLAT_COLUMNS.map(({ name }) => name));
    expect(rows.slice(0, 5).map((row) => row.split(",")[0])).toEqual(
      ["100", "200", "300", "400", "500"].map((n) => `step-${n}`),
    );
    const cells = rows[0].split(",");
    const at = (name: string): string => cells[header.split(",").indexOf(name)];
    expect(Number(at("mean_log_norm"))).toBe(ranking.models[0].means.log_norm);
    expect([at("valid_mean_alpha"), at("reason"), at("share_random_like")]).toEqual(["", "", "1"]);
  });

  it("quotes a reason of several lines, and replaces control characters for a terminal", () => {
    expect(renderRankingCsv(ranking, { terminal: true })).not.toContain("\u001b");
    expect(renderRankingCsv(ranking)).toContain("\u001b");
  });
});

describe("the Parquet file of a ranking", () => {
  it("is read back by hyparquet with every value, type and null of the flat table", async () => {
    const bytes = await rankingParquet(ranking);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(6);
    for (const [i, model] of ranking.models.entries())
      for (const { name, value } of FLAT_COLUMNS) expect(rows[i][name] ?? null, name).toEqual(value(model));
    const { schema } = await parquetMetadataAsync(file);
    const typeOf = (name: string) => schema.find((element) => element.name === name)?.type;
    expect([typeOf("name"), typeOf("layers"), typeOf("score"), typeOf("mean_alpha")]).toEqual([
      ...["BYTE_ARRAY", "INT32", "DOUBLE", "DOUBLE"],
    ]);
  });

  it("and the Parquet file of a report are the only reasons to load the writer", () => {
    const sources = fileURLToPath(new URL("../../src", import.meta.url));
    const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const naming = files.filter((name) => readFileSync(join(sources, name), "utf8").includes('"hyparquet-writer"'));
    expect(naming.sort()).toEqual(["ranking-parquet.ts", "report-parquet.ts"].map((name) => join("report", name)));
    for (const name of naming)
      expect(readFileSync(join(sources, name), "utf8")).not.toMatch(/^import .*hyparquet-writer/m);
  });

  it("has its types without any value too", async () => {
    const bytes = await rankingParquet({ models: [] });
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    expect(await parquetReadObjects({ file })).toEqual([]);
  });
});
