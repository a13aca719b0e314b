import { describe, expect, it } from "vitest";
import { queueAddress } from "#eigenscope/node/fleet/queue-address.js";

describe("the address of a queue", () => {
  it.each([
    ["redis://queue", { host: "queue", port: 6379, db: 0, tls: false, shown: "redis://queue:6379/0" }],
    ["rediss://queue:1/3", { host: "queue", port: 1, db: 3, tls: true, shown: "rediss://queue:1/3" }],
    ["redis://[::1]:7", { host: "::1", port: 7, db: 0, tls: false, shown: "redis://[::1]:7/0" }],
    [
      "rediss://me:p%40ss@queue",
      { host: "queue", port: 6379, db: 0, tls: true, username: "me", password: "p@ss", shown: "rediss://queue:6379/0" },
    ],
  ])("%s", (text, address) => {
    expect(queueAddress(text)).toEqual(address);
  });

  it.each([
    "queue:6379",
    "redis://",
    "redis://queue/one",
    "redis://queue?db=1",
    "redis://queue#1",
    "https://queue",
    "redis://me:secret@queue:port",
    "redis://:%E0secret@queue",
    "me:secret@queue",
  ])("refuses %s, and shows no password", (text) => {
    expect(() => queueAddress(text)).toThrow(/^option queue: found ".*", expected an address such as /);
    expect(() => queueAddress(text)).not.toThrow(/secret/);
  });
});
