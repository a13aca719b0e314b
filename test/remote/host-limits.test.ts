import { describe, expect, it } from "vitest";
import { limitedHost } from "#eigenscope/remote/index.js";
import { siteOf } from "#eigenscope/remote/request.js";
import { type TestHost, testHost } from "./test-server.js";

const ADDRESS = "https://server.example/a";
const OTHER = "https://other.example/a";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

interface ClockedHost extends TestHost {
  /** Milliseconds. */
  time: number;
  /** The times of its requests. */
  readonly begun: number[];
}

/** A host whose clock goes by what is waited, and whose answers are given. */
function clocked(answers: Response[] = []): ClockedHost {
  const host = testHost();
  const clock: ClockedHost = {
    ...host,
    time: 0,
    begun: [],
    now: () => clock.time,
    async fetch() {
      clock.begun.push(clock.time);
      return answers.shift() ?? new Response("");
    },
    async pause(ms: number) {
      host.pauses.push(ms);
      const end = clock.time + ms;
      // What was under way goes on first.
      await turns();
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

  it.each<[number, string | undefined, number]>([
    [429, "7", 7000],
    [503, "7", 7000],
    [503, undefined, 0],
    [500, "7", 0],
    [429, "86400", 300_000],
  ])(
    "hold all requests to a server that answers %d with Retry-After %s, those to others not",
    async (status, retryAfter, wait) => {
      const host = clocked([refusal(status, retryAfter)]);
      const { fetch } = limitedHost(host, { atOnce: 8 });
      expect((await fetch(ADDRESS)).status).toBe(status);
      await fetch(OTHER);
      await fetch(ADDRESS);
      expect(host.begun).toEqual([0, 0, wait]);
    },
  );

  it("hold a request that waited for its turn when the server asked", async () => {
    const host = clocked([refusal(429, "5")]);
    const { fetch } = limitedHost(host, { atOnce: 8, perSecond: 1 });
    await Promise.all([fetch(ADDRESS), fetch(ADDRESS)]);
    expect([host.begun, host.pauses]).toEqual([
      [0, 5000],
      [1000, 4000],
    ]);
  });

  it("count what is under way for all models together, and not that of other servers", async () => {
    const host = limitedHost(testHost(), { atOnce: 2 });
    const sites = [ADDRESS, `${ADDRESS}/b`, OTHER].map((address) => siteOf(new URL(address), { host }));
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const works = [0, 1, 0, 1, 2].map((site, number) =>
      sites[site].inLane(() => {
        begun.push(number);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    await turns();
    expect(begun).toEqual([0, 1, 4]);
    ends[0]();
    await turns();
    expect(begun).toEqual([0, 1, 4, 2]);
    for (let next = 1; next < works.length; next++) {
      ends[next]();
      await turns();
    }
    await Promise.all(works);
    expect(begun).toEqual([0, 1, 4, 2, 3]);
  });

  it("of a site without them are eight at once", async () => {
    const site = siteOf(new URL(ADDRESS), { host: testHost() });
    let begun = 0;
    for (let i = 0; i < 9; i++)
      void site.inLane(() => {
        begun++;
        return new Promise(() => {});
      });
    await turns();
    expect(begun).toBe(8);
  });
});
