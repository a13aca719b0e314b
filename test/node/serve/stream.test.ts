import { EventEmitter } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it } from "vitest";
import { eventStream, type RunEvent } from "#eigenscope/analysis/index.js";
import { EventHistory } from "#eigenscope/node/serve/event-history.js";
import { streamEvents } from "#eigenscope/node/serve/event-stream.js";
import { Heart } from "#eigenscope/node/serve/heart.js";
import { MAX_STALLED_BEATS, MAX_UNSENT_BYTES } from "#eigenscope/node/serve/limits.js";
import { EventReader, until } from "./serving.js";

const stream = eventStream("test");
const alarm = (rule: string): RunEvent => stream({ type: "alarm", rule, layer: "l", step: 0 });

function history(count: number): EventHistory {
  const made = new EventHistory();
  for (let k = 0; k < count; k++) made.push(alarm(`rule ${k}`));
  return made;
}

/** A response whose client reads when the test says so. */
class Client extends EventEmitter {
  writableEnded = false;
  destroyed = false;
  writableLength = 0;
  sent: string[] = [];
  /** A client that reads everything at once. */
  constructor(private readonly reads = true) {
    super();
  }
  writeHead(): void {}
  write(text: string): void {
    this.sent.push(text);
    if (!this.reads) this.writableLength += Buffer.byteLength(text);
  }
  end(): void {
    this.writableEnded = true;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
  read(bytes = this.writableLength): void {
    this.writableLength -= bytes;
    if (this.writableLength === 0) this.emit("drain");
  }
  get ids(): string[] {
    return this.sent.flatMap((text) => /^id: (.*)$/m.exec(text)?.[1] ?? []);
  }
  get phases(): string[] {
    return this.sent.flatMap((text) => /^event: phase\ndata: (.*)$/m.exec(text)?.[1] ?? []);
  }
}
const asResponse = (client: Client): ServerResponse => client as unknown as ServerResponse;

describe("a stream of events", () => {
  it("begins anywhere, and gives each event behind that place once", () => {
    const past = history(5);
    for (let from = 0; from <= 5; from++) {
      const client = new Client();
      const after = from === 0 ? undefined : past.placeAfter(from - 1);
      streamEvents(asResponse(client), past, { heart: new Heart(null), after });
      past.push(alarm(`while at ${from}`));
      const all = Array.from({ length: past.length }, (_, k) => past.placeAfter(k));
      expect(client.ids).toEqual(all.slice(from));
    }
  });

  it.each(["", "0.1", "abc", "1", "999", ".", "-1", "x.1", "\0"])(
    "begins at the beginning for the place %j, of another server or nobody's",
    (place) => {
      const past = history(2);
      expect(past.indexOf(place)).toBe(0);
      const [epoch] = past.placeAfter(0).split(".");
      expect(past.indexOf(`${epoch}.2`)).toBe(2);
      expect(past.indexOf(`${epoch}.3`)).toBe(0);
      expect(history(2).indexOf(past.placeAfter(0))).toBe(0);
    },
  );

  it("says each phase once, and ends behind the last event of a model that is over", () => {
    const past = history(1);
    const client = new Client();
    streamEvents(asResponse(client), past, { heart: new Heart(null) });
    past.enter({ phase: "running" });
    past.push(alarm("last"));
    expect(client.writableEnded).toBe(false);
    past.enter({ phase: "failed", reason: "a reason" });
    past.push(alarm("too late"));
    past.enter({ phase: "done" });
    expect(client.phases).toEqual([
      '{"phase":"queued"}',
      '{"phase":"running"}',
      '{"phase":"failed","reason":"a reason"}',
    ]);
    expect(client.ids).toHaveLength(2);
    expect(client.writableEnded).toBe(true);
    const later = new Client();
    streamEvents(asResponse(later), past, { heart: new Heart(null), after: past.placeAfter(1) });
    expect([later.ids, later.phases.length, later.writableEnded]).toEqual([[], 1, true]);
  });

  it("shows that it is alive at each heartbeat, also when nothing happens", () => {
    const heart = new Heart(null);
    const client = new Client();
    streamEvents(asResponse(client), history(0), { heart });
    heart.beat();
    heart.beat();
    expect(client.sent.filter((text) => text === ":\n\n")).toHaveLength(2);
  });

  it("keeps at most its limit and one event for a client that does not read, and goes on when it has read", () => {
    const past = new EventHistory();
    const client = new Client(false);
    streamEvents(asResponse(client), past, { heart: new Heart(null) });
    const big = "x".repeat(MAX_UNSENT_BYTES / 4);
    for (let k = 0; k < 20; k++) past.push(alarm(big));
    expect(client.ids).toHaveLength(4);
    expect(client.writableLength).toBeGreaterThan(MAX_UNSENT_BYTES);
    expect(client.writableLength).toBeLessThan(MAX_UNSENT_BYTES + big.length + 1000);
    while (client.ids.length < 20) client.read();
    expect(new Set(client.ids).size).toBe(20);
  });

  it("is dropped when its client has read nothing for its number of heartbeats, and not one earlier", () => {
    const heart = new Heart(null);
    const client = new Client(false);
    streamEvents(asResponse(client), history(3), { heart });
    heart.beat();
    for (let k = 1; k < MAX_STALLED_BEATS; k++) heart.beat();
    expect(client.destroyed).toBe(false);
    heart.beat();
    expect(client.destroyed).toBe(true);
  });

  it("is kept for a client that reads slowly, while more is written than it reads", () => {
    const heart = new Heart(null);
    const past = history(3);
    const client = new Client(false);
    streamEvents(asResponse(client), past, { heart });
    for (let k = 0; k < 10 * MAX_STALLED_BEATS; k++) {
      heart.beat();
      client.read(10);
      past.push(alarm("more"));
    }
    expect(client.destroyed).toBe(false);
  });

  it("of a client that never reads ends, with bounded memory; it resumes, and has each event once", async () => {
    const heart = new Heart(null);
    const past = new EventHistory();
    const big = "x".repeat(2 ** 20);
    // More than the operating system takes for a connection.
    for (let k = 0; k < 24; k++) past.push(alarm(`${k} ${big}`));
    let most = 0;
    let current: ServerResponse | undefined;
    const server = createServer((request, response) => {
      current = response;
      streamEvents(response, past, { heart, after: request.headers["last-event-id"] as string | undefined });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const deaf = connect(port, "127.0.0.1").on("error", () => {});
      deaf.pause().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await until(() => current !== undefined);
      await until(() => {
        most = Math.max(most, current?.writableLength ?? 0);
        heart.beat();
        return current?.destroyed === true;
      });
      expect(most).toBeLessThan(MAX_UNSENT_BYTES + big.length + 1000);
      deaf.destroy();

      const first = new EventReader(port, "/", {});
      await until(() => first.events.length >= 10);
      first.break();
      await first.ended;
      const second = new EventReader(port, "/", { "Last-Event-ID": first.lastId as string });
      past.enter({ phase: "done" });
      await second.ended;
      const all = [...first.runEvents, ...second.runEvents].map(({ seq }) => seq);
      expect(all).toEqual(Array.from({ length: 24 }, (_, k) => past.at(k).seq));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
