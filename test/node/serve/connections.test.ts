import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { MAX_CONNECTIONS } from "#eigenscope/node/serve/limits.js";
import { serving, until } from "./serving.js";

/** A connection that may be refused at any time. */
function connection(port: number): Socket {
  return connect(port, "127.0.0.1").on("error", () => {});
}

describe("the connections of the server", () => {
  it("are at most so many at once; a thousand do no harm, and all of them come back", async () => {
    const { server, ask } = await serving();
    await until(() => server.connections() === 0);
    const sockets = Array.from({ length: 1000 }, () => connection(server.port));
    const closed = new Set<Socket>();
    for (const socket of sockets) socket.once("close", () => closed.add(socket));
    await until(() => closed.size === 1000 - MAX_CONNECTIONS);
    expect(server.connections()).toBe(MAX_CONNECTIONS);
    // The connections that were there first still get answers.
    const first = sockets.find((socket) => !closed.has(socket)) as Socket;
    const answer = once(first, "data");
    first.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`);
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 403 /);
    for (const socket of sockets) socket.destroy();
    await until(() => server.connections() === 0);
    expect((await ask("/api/session")).status).toBe(200);
  });

  it("one below the most is answered, one above is closed without an answer", async () => {
    const { server, ask } = await serving();
    await until(() => server.connections() === 0);
    const held = Array.from({ length: MAX_CONNECTIONS - 1 }, () => connection(server.port));
    await until(() => server.connections() === MAX_CONNECTIONS - 1);
    expect((await ask("/api/session")).status).toBe(200);
    await until(() => server.connections() === MAX_CONNECTIONS - 1);
    held.push(connection(server.port));
    await until(() => server.connections() === MAX_CONNECTIONS);
    await expect(ask("/api/session")).rejects.toThrow();
    for (const socket of held) socket.destroy();
  });

  it("with headers that are too long, or no HTTP, get a short answer and are closed", async () => {
    const { server } = await serving();
    for (const [text, status] of [
      [`GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, "431"],
      ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"],
      ["GET / HTTP/1.1\r\n\r\n", "400"],
      [`GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, "400"],
    ]) {
      const socket = connection(server.port);
      let answer = "";
      socket.on("data", (part) => (answer += part));
      socket.write(text);
      await once(socket, "close");
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).not.toMatch(/\bat .*:\d+/);
    }
  });

  it("end with the server, those that wait for events too", async () => {
    const { server } = await serving();
    const socket = connection(server.port);
    await until(() => server.connections() > 0);
    const closed = once(socket, "close");
    await server.close();
    await closed;
    expect(server.connections()).toBe(0);
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((found) => found?.some(({ address }) => address === "::1"));

describe("the addresses of the server", () => {
  const isOpen = (host: string, port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, host).once("error", () => resolve(false));
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
    });

  it.runIf(hasIpv6)("are 127.0.0.1, and [::1] only if that is asked for", async () => {
    for (const ipv6 of [false, true]) {
      const { server } = await serving({ ipv6 });
      expect([await isOpen("127.0.0.1", server.port), await isOpen("::1", server.port)]).toEqual([true, ipv6]);
    }
  });

  it("are not those of the network", async () => {
    const { server } = await serving();
    const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
    const outside = addresses.filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of outside) expect(await isOpen(address, server.port)).toBe(false);
    expect(await isOpen("127.0.0.2", server.port)).toBe(false);
  });
});

describe("the port", () => {
  it("that is taken is refused by its number, and the usual one is then another", async () => {
    const { server } = await serving();
    await expect(serving({ port: server.port })).rejects.toMatchObject({
      name: "OptionError",
      message: expect.stringContaining(String(server.port)),
    });
    const usual = await serving({ port: undefined });
    const another = await serving({ port: undefined });
    expect(another.server.port).not.toBe(usual.server.port);
  });
});
