import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "#eigenscope/node/serve/limits.js";
import { type Asked, asked, posted, serving } from "./serving.js";

const json = { "Content-Type": "application/json" };
const ofLength = (length: number): string => {
  const empty = JSON.stringify({ path: "" }).length;
  return JSON.stringify({ path: "x".repeat(length - empty) });
};

describe("the body of a request", () => {
  it.each([
    ["no JSON", 400, "not JSON", "{"],
    ["empty", 400, "not JSON", ""],
    ["a list", 400, "object", "[]"],
    ["null", 400, "object", "null"],
    ["a text", 400, "object", '"a"'],
    ["no UTF-8", 400, "not JSON", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["without the field", 400, '"path"', "{}"],
    ["with a field of another type", 400, '"path"', '{"path": 1}'],
    ["with a list as the name", 400, '"path"', '{"path": ["a"]}'],
    ["with the field in a prototype", 400, '"path"', '{"__proto__": {"path": "a"}}'],
    ["deeply nested", 400, "object", "[".repeat(30_000) + "]".repeat(30_000)],
    ["as long as is allowed", 400, "too long", ofLength(MAX_BODY_BYTES)],
    ["one byte longer", 413, "too long", ofLength(MAX_BODY_BYTES + 1)],
  ])("that is %s: %i, with a sentence", async (_, status, words, body) => {
    const { ask } = await serving();
    const answer = await ask("/api/models", { method: "POST", headers: json, body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error).toMatch(words === "too long" && status === 400 ? '"path"' : words);
    expect(answer.text).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it("that is too long without saying so is not read to its end", async () => {
    const { ask } = await serving();
    const headers = { ...json, "Transfer-Encoding": "chunked" };
    const answer = await ask("/api/models", { method: "POST", headers, body: ofLength(2 * MAX_BODY_BYTES) });
    expect([answer.status, answer.headers.connection]).toEqual([413, "close"]);
  });

  it.each([undefined, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"])(
    "of the type %s, which a form of another page can send, is not read",
    async (type) => {
      const { ask } = await serving();
      const headers = type === undefined ? {} : { "Content-Type": type };
      expect((await ask("/api/models", { method: "POST", headers, body: "{}" })).status).toBe(415);
    },
  );

  it("may say its character set", async () => {
    const { ask } = await serving();
    const headers = { "Content-Type": "Application/JSON; charset=utf-8" };
    expect((await ask("/api/models", { method: "POST", headers, body: "{}" })).status).toBe(400);
  });
});

describe("the API", () => {
  it.each([
    ["GET", "/api/models", 405, "POST"],
    ["PUT", "/api/session", 405, "GET"],
    ["HEAD", "/api/session", 405, "GET"],
    ["OPTIONS", "/api/models", 405, "POST"],
    ["POST", "/api/models/x/report", 405, "GET"],
    ["GET", "/api/models/x", 405, "DELETE"],
    ["GET", "/api/nothing", 404, undefined],
    ["GET", "/api/", 404, undefined],
    ["GET", "/api/models/x/report", 404, undefined],
    ["GET", "/api/models/x/events", 404, undefined],
    ["GET", "/api/models/x/layers/0/detail", 404, undefined],
    ["GET", "/api/models/x/wanted", 405, "POST"],
    ["GET", "/api/models/x/layers/-1/detail", 404, undefined],
    ["GET", "/api/models/x/layers/1e3/detail", 404, undefined],
    ["DELETE", "/api/models/x", 404, undefined],
    ["POST", "/", 405, "GET, HEAD"],
  ])("answers %s %s with %i", async (method, target, status, allowed) => {
    const { ask } = await serving();
    const answer = await ask(target, { method });
    expect([answer.status, answer.headers.allow]).toEqual([status, allowed]);
  });

  it("shows no stack and no message of a fault of its own, but tells it where the server runs", async () => {
    const faults: unknown[] = [];
    const { server, cookie } = await serving({
      onFault: (error) => faults.push(error),
      heart: {
        listen: () => {
          throw new Error("a fault of /home/user");
        },
        beat: () => {},
        stop: () => {},
      } as never,
    });
    const compare: Asked = posted({ a: "a", b: "b" });
    const answer = await asked(server.port, "/api/compare", { ...compare, headers: { ...compare.headers, cookie } });
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([
      500,
      "unexpected error; the terminal of eigenscope serve shows it",
    ]);
    expect(faults).toMatchObject([{ message: "a fault of /home/user" }]);
  });
});
