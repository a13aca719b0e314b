import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Comparison } from "#eigenscope/analysis/index.js";
import { analyze, compare, rank } from "#eigenscope/node/index.js";
import { sendWhenDone } from "#eigenscope/node/serve/answers.js";
import { Heart } from "#eigenscope/node/serve/heart.js";
import { Refusal } from "#eigenscope/node/serve/refusal.js";
import type { Ranking } from "#eigenscope/rank/index.js";
import { renderComparisonJson, renderRankingJson } from "#eigenscope/report/index.js";
import { startHub } from "../hub-server.js";
import { asked, gate, noiseModel, posted, serving, until } from "./serving.js";

const SHAPES = { "a.weight": [40, 30], "b.weight": [30, 20] } as const;
let home: string;
let root: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "serve-several-"));
  root = join(home, "root");
  await mkdir(join(root, "steps"), { recursive: true });
  await writeFile(join(root, "a.safetensors"), noiseModel(SHAPES, 1));
  await writeFile(join(root, "b.safetensors"), noiseModel(SHAPES, 2));
  await writeFile(join(root, "other.safetensors"), noiseModel({ "x.weight": [50, 20] }));
  for (const step of [1, 2, 10]) await writeFile(join(root, "steps", `s${step}.safetensors`), noiseModel(SHAPES, step));
  await writeFile(join(home, "outside.safetensors"), noiseModel(SHAPES, 3));
  await symlink(join(home, "outside.safetensors"), join(root, "steps", "s3.safetensors"));
  await symlink(join(home, "outside.safetensors"), join(root, "out.safetensors"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe("a comparison", () => {
  it("is that of the library", async () => {
    const { ask } = await serving({ path: root });
    const { status, text } = await ask("/api/compare", posted({ a: "a.safetensors", b: "b.safetensors" }));
    expect(status).toBe(200);
    const own = await compare(join(root, "a.safetensors"), join(root, "b.safetensors"));
    expect(text).toBe(renderComparisonJson(own));
    expect((JSON.parse(text) as Comparison).layers).toHaveLength(2);
  });

  it.each([
    [{ a: "a.safetensors" }, 400, '"b"'],
    [{ b: "a.safetensors" }, 400, '"a"'],
    [{ a: "a.safetensors", b: 7 }, 400, '"b"'],
    [{ a: "a.safetensors", b: "nothing.npy" }, 404, "nothing.npy"],
    [{ a: "../outside.safetensors", b: "a.safetensors" }, 403, "below"],
    [{ a: "a.safetensors", b: "out.safetensors" }, 403, "link"],
    [{ a: "a.safetensors", b: "other.safetensors" }, 422, "other.safetensors"],
    [{ a: "a.safetensors", b: "run" }, 400, "run"],
  ])("of %j is refused with %i and a sentence", async (body, status, words) => {
    await analyze(join(root, "a.safetensors"), { run: join(root, "run") }).report();
    const { ask } = await serving({ path: root });
    const answer = await ask("/api/compare", posted(body));
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([status, expect.stringContaining(words)]);
  });

  it("is aborted when its client leaves, and the next work begins", async () => {
    const hub = await startHub({ "model.safetensors": noiseModel({ "a.weight": [600, 500] }) });
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_HUB_OFFLINE", "0");
    vi.stubEnv("HF_HOME", join(home, "no-cache"));
    try {
      const { server, cookie, open, follow } = await serving({ path: root });
      let held = 0;
      hub.storage.before = () => {
        held++;
        return true;
      };
      const { method, headers, body } = posted({ a: "org/model", b: "a.safetensors" });
      const leaving = request({ port: server.port, path: "/api/compare", method, headers: { ...headers, cookie } });
      leaving.on("error", () => {});
      leaving.end(body);
      await until(() => held > 0);
      const waiting = follow(await open("a.safetensors"));
      await until(() => waiting.phases[0] === "queued");
      leaving.destroy();
      await waiting.ended;
      expect(waiting.phases.at(-1)).toBe("done");
    } finally {
      vi.unstubAllEnvs();
      await hub.close();
    }
  });
});

describe("a ranking", () => {
  it("is that of the library, with scores, of a folder's models too; a link that leads out is none", async () => {
    const { json, ask } = await serving({ path: root });
    const scores = [1, 2, 10].map((step) => ({ name: `s${step}`, score: step }));
    const { text } = await ask("/api/rank", posted({ paths: ["steps"], scores }));
    const paths = [1, 2, 10].map((step) => join(root, "steps", `s${step}.safetensors`));
    expect(text).toBe(renderRankingJson(await rank(paths, { scores })));
    const ranking = await json<Ranking>("/api/rank", posted({ paths: ["b.safetensors", "a.safetensors"] }));
    expect(ranking.models.map(({ path }) => path)).toEqual(
      ["b.safetensors", "a.safetensors"].map((name) => join(root, name)),
    );
  });

  it.each([
    [{}, 400, '"paths"'],
    [{ paths: "steps" }, 400, '"paths"'],
    [{ paths: [] }, 400, '"paths"'],
    [{ paths: Array.from({ length: 1001 }, () => "steps") }, 400, '"paths"'],
    [{ paths: ["steps", 1] }, 400, '"paths"'],
    [{ paths: ["steps"], scores: "s" }, 400, '"scores"'],
    [{ paths: ["steps"], scores: [{ name: "s1", score: "1" }] }, 400, '"scores"'],
    [{ paths: ["steps"], scores: [null] }, 400, '"scores"'],
    [{ paths: ["steps"], scores: [{ name: "s1", score: 1 }] }, 400, "no line matches"],
    [{ paths: ["../outside.safetensors"] }, 403, "below"],
    [{ paths: ["out.safetensors"] }, 403, "link"],
  ])("of %j is refused with %i and a sentence", async (body, status, words) => {
    const { ask } = await serving({ path: root });
    const answer = await ask("/api/rank", posted(body));
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([status, expect.stringContaining(words)]);
  });
});

describe("an answer that takes long", () => {
  async function answering(work: () => Promise<string>, heart: Heart) {
    const server = createServer((_, response) => {
      void sendWhenDone(response, { heart, work }).catch((cause: Refusal) => response.writeHead(cause.status).end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const answer = asked((server.address() as AddressInfo).port, "/").finally(() => server.close());
    return answer;
  }

  it.each([0, 1, 5])("shows %i times that it is alive, in front of its JSON", async (beats) => {
    const heart = new Heart(null);
    const closed = gate();
    let began = false;
    const answer = answering(async () => {
      began = true;
      await closed.opened;
      return '{"done":true}\n';
    }, heart);
    await until(() => began);
    for (let k = 0; k < beats; k++) heart.beat();
    closed.open();
    const { status, text } = await answer;
    expect([status, JSON.parse(text)]).toEqual([200, { done: true }]);
    expect(text.startsWith(" ")).toBe(beats > 0);
  });

  it.each([
    [0, 418, ""],
    [1, 200, "no"],
  ])("and is refused after %i beats: status %i", async (beats, status, error) => {
    const heart = new Heart(null);
    const closed = gate();
    let began = false;
    const answer = answering(async () => {
      began = true;
      await closed.opened;
      throw new Refusal(418, "no");
    }, heart);
    await until(() => began);
    for (let k = 0; k < beats; k++) heart.beat();
    closed.open();
    const got = await answer;
    expect(got.status).toBe(status);
    if (error !== "") expect(JSON.parse(got.text)).toEqual({ error });
  });
});
