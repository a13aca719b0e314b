import { describe, expect, it } from "vitest";
import { limitedHost, urlFiles } from "#eigenscope/remote/index.js";
import { answer, pattern, startServer, type TestHost, testHost } from "./test-server.js";

const ADDRESS = "https://server.example/a";
const OTHER = "https://other.example/a";

/** A host whose clock goes by what is waited, and whose answers are given. */
function clocked(answers: Response[] = []): TestHost & { time: number; readonly begun: number[] } {
  const host = testHost();
  const clock = {
    ...host,
    time: 0,
    begun: [] as number[],
    now: () => clock.time,
    async fetch() {
      clock.begun.push(clock.time);
      return answers.shift() ?? new Response("");
    },
    async pause(ms: number) {
      host.pauses.push(ms);
      const end = clock.time + ms;
      // What was under way goes on first.
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      clock.time = Math.max(clock.time, end);
    },
  };
  return clock;
}
const refusal = (status: number, retryAfter?: string): Response =>
  new Response("", { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } });

describe("limits for one server", () => {
  it("let so many requests begin per second, to each server", async () => {
    const host = clocked();
    const { fetch } = limitedHost(host, { atOnce: 8, perSecond: 4 });
    for (let i = 0; i < 5; i++) await fetch(ADDRESS);
    expect(host.begun).toEqual([0, 250, 500, 750, 1000]);
    await fetch(OTHER);
    expect(host.begun.at(-1)).toBe(1000);
  });

  it("space requests that come together", async () => {
    const host = clocked();
    const { fetch } = limitedHost(host, { atOnce: 8, perSecond: 10 });
    await Promise.all([fetch(ADDRESS), fetch(ADDRESS), fetch(ADDRESS)]);
    expect(host.pauses).toEqual([100, 200]);
  });

  it("without a rate wait for nothing", async () => {
    const host = clocked();
    const { fetch } = limitedHost(host, { atOnce: 8 });
    for (let i = 0; i < 5; i++) await fetch(ADDRESS);
    expect(host.pauses).toEqual([]);
  });

  it.each([
    [429, "7", 7000],
    [503, "7", 7000],
    [503, undefined, 0],
    [500, "7", 0],
    [429, "86400", 300_000],
  ])("hold all requests to a server that answers %d with Retry-After %s, those to others not", async (...given) => {
    const [status, retryAfter, wait] = given;
    const host = clocked([refusal(status, retryAfter)]);
    const { fetch } = limitedHost(host, { atOnce: 8 });
    expect((await fetch(ADDRESS)).status).toBe(status);
    await fetch(OTHER);
    await fetch(ADDRESS);
    expect(host.begun).toEqual([0, 0, wait]);
  });

  it("hold a request that waited for its turn when the server asked", async () => {
    const host = clocked([refusal(429, "5")]);
    const { fetch } = limitedHost(host, { atOnce: 8, perSecond: 1 });
    await Promise.all([fetch(ADDRESS), fetch(ADDRESS)]);
    expect([host.begun, host.pauses]).toEqual([
      [0, 5000],
      [1000, 4000],
    ]);
  });

  it("count requests of all models that are under way, their bodies included", async () => {
    const bytes = pattern(100_000);
    const server = await startServer({ "/a.bin": bytes, "/b.bin": bytes });
    try {
      const mostAtOnce = async (host: TestHost): Promise<number> => {
        server.mostAtOnce = 0;
        const limited = limitedHost(host, { atOnce: 2 });
        const names = ["a.bin", "b.bin", "a.bin", "b.bin"];
        await Promise.all(
          names.map(async (name) => {
            const source = await urlFiles(`${server.origin}/${name}`, { host: limited }).open(name);
            const read = Buffer.from(await source.read(20_000, 60_000));
            expect(read.equals(bytes.subarray(20_000, 80_000))).toBe(true);
          }),
        );
        return server.mostAtOnce;
      };
      expect(await mostAtOnce(testHost())).toBe(2);
      server.tricks.push(answer(503, { "retry-after": "0" }));
      expect(await mostAtOnce(testHost())).toBe(2);
    } finally {
      await server.close();
    }
  });
});
