import { describe, expect, it } from "vitest";
import { Guard, newToken } from "#eigenscope/node/serve/guard.js";
import { asked, posted, serving } from "./serving.js";

describe("the guard of the server", () => {
  it("admits by the printed address: sets a cookie that no script and no other site gets", async () => {
    const { server } = await serving();
    const { search } = new URL(server.address);
    expect(server.address).toBe(`http://127.0.0.1:${server.port}/${search}`);
    expect(search).toMatch(/^\?token=[0-9a-f]{32}$/);
    const { status, headers } = await asked(server.port, `/${search}`);
    expect([status, headers.location, headers["cache-control"]]).toEqual([303, "/", "no-store"]);
    expect(headers["set-cookie"]).toEqual([
      `eigenscope-${server.port}=${search.slice("?token=".length)}; Path=/; HttpOnly; SameSite=Strict`,
    ]);
  });

  it.each([
    ["no token", "/", undefined],
    ["no token, for the API", "/api/session", undefined],
    ["no token, for a file of the application", "/assets/app.js", undefined],
    ["a wrong token in the address", "/?token=00000000000000000000000000000000", undefined],
    ["an empty token in the address", "/?token=", undefined],
    ["a wrong cookie", "/api/session", (name: string) => `${name}=00000000000000000000000000000000`],
    ["an empty cookie", "/api/session", (name: string) => `${name}=`],
    ["the cookie of a server on another port", "/api/session", (_: string, token: string) => `eigenscope-1=${token}`],
    ["a part of the token", "/api/session", (name: string, token: string) => `${name}=${token.slice(0, -1)}`],
    ["more than the token", "/api/session", (name: string, token: string) => `${name}=${token}0`],
  ])("refuses %s", async (_, target, cookieOf) => {
    const { server, cookie } = await serving();
    const [name, token] = cookie.split("=");
    const given = cookieOf?.(name, token);
    const answer = await asked(server.port, target, { headers: given === undefined ? {} : { cookie: given } });
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.text).toMatch(/open the address/i);
  });

  it("takes the token in the address of the first page only", async () => {
    const { server } = await serving();
    const { search } = new URL(server.address);
    expect((await asked(server.port, `/api/session${search}`)).status).toBe(403);
    expect((await asked(server.port, `/${search}`, { method: "POST" })).status).toBe(403);
  });

  it("finds its cookie among others, of the same name too, as servers on other ports may set them", async () => {
    const { server, cookie } = await serving();
    const [name] = cookie.split("=");
    const answer = await asked(server.port, "/api/session", { headers: { cookie: `a=b; ${name}=x; ${cookie}; c` } });
    expect(answer.status).toBe(200);
  });

  it("makes addresses that are valid once, so that the arguments of a process give nothing away", async () => {
    const { server } = await serving();
    const { search } = new URL(server.addressOnce());
    expect(search).not.toContain(new URL(server.address).searchParams.get("token"));
    expect((await asked(server.port, `/${search}`)).status).toBe(303);
    expect((await asked(server.port, `/${search}`)).status).toBe(403);
  });

  it("has another token of 128 bits for each server", () => {
    const tokens = Array.from({ length: 100 }, newToken);
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect(new Guard(1).address).not.toBe(new Guard(1).address);
  });

  it.each(["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])("answers under its own name %s", async (name) => {
    const { server, ask } = await serving();
    expect((await ask("/api/session", { headers: { host: `${name}:${server.port}` } })).status).toBe(200);
  });

  it.each([
    ["a name that points here (DNS rebinding)", (port: number) => `rebind.example:${port}`],
    ["another port", (port: number) => `127.0.0.1:${port + 1}`],
    ["no port", () => "127.0.0.1"],
    ["a name that begins like ours", (port: number) => `127.0.0.1.example:${port}`],
    ["an address of this machine that is not loopback's usual one", (port: number) => `127.0.0.2:${port}`],
  ])("refuses, with the right cookie, a Host that is %s", async (_, hostOf) => {
    const { server, ask } = await serving();
    const headers = { host: hostOf(server.port) };
    for (const target of ["/api/session", "/", `/${new URL(server.address).search}`]) {
      const { status, text, headers: answered } = await ask(target, { headers });
      expect([status, answered["set-cookie"]]).toEqual([403, undefined]);
      expect(text).toContain("Host");
    }
  });

  it.each([undefined, "", ":5151", "127.0.0.1:5151, evil.example"])("refuses the Host %s of a raw request", (host) => {
    const request = { headers: host === undefined ? {} : { host }, path: "/", query: new URLSearchParams() };
    expect(() => new Guard(5151).assertFromHere(request)).toThrow("Host");
  });

  it.each([
    ["no Origin", {}, 200],
    ["its own Origin", { origin: "http://127.0.0.1:PORT" }, 200],
    ["its other name as Origin, under the first name", { origin: "http://localhost:PORT" }, 403],
    ["another port as Origin", { origin: "http://127.0.0.1:1" }, 403],
    ["https as Origin", { origin: "https://127.0.0.1:PORT" }, 403],
    ["another host as Origin", { origin: "https://evil.example" }, 403],
    ["an opaque Origin, of a file or a sandbox", { origin: "null" }, 403],
    ["Sec-Fetch-Site: same-origin", { "sec-fetch-site": "same-origin" }, 200],
    ["Sec-Fetch-Site: none, the address bar", { "sec-fetch-site": "none" }, 200],
    ["Sec-Fetch-Site: same-site, another port", { "sec-fetch-site": "same-site" }, 403],
    ["Sec-Fetch-Site: cross-site", { "sec-fetch-site": "cross-site" }, 403],
    ["a Sec-Fetch-Site of tomorrow", { "sec-fetch-site": "near" }, 403],
  ])("with %s: answers a read and a change alike", async (_, headers: Record<string, string>, status) => {
    const { server, ask } = await serving();
    const here = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace("PORT", String(server.port))]),
    );
    expect((await ask("/api/session", { headers: here })).status).toBe(status);
    const changing = posted({ path: "org/.." });
    const answer = await ask("/api/models", { ...changing, headers: { ...changing.headers, ...here } });
    expect(answer.status === 403 && answer.text.includes("own page")).toBe(status === 403);
  });

  it("refuses the first address when a page of another host has linked to it", async () => {
    const { server } = await serving();
    const headers = { "sec-fetch-site": "cross-site" };
    const answer = await asked(server.port, `/${new URL(server.address).search}`, { headers });
    expect([answer.status, answer.headers["set-cookie"]]).toEqual([403, undefined]);
    expect(answer.text).toContain("address bar");
  });
});
