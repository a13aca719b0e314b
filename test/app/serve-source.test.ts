import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_EVENTS, type Report, type RunEvent, reduce } from "#eigenscope/analysis/index.js";
import { analyze, compare } from "#eigenscope/node/index.js";
import { renderComparisonJson, renderJson } from "#eigenscope/report/index.js";
import { type ServeApi, ServeError, serveApi, sessionHere } from "../../app/sources/serve-api.js";
import { type OpenStream, serveSource } from "../../app/sources/serve-source.js";
import { EventReader, gate, noiseModel, type Served, serving, until } from "../node/serve/serving.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "serve-source-"));
  for (const [k, name] of ["a", "b", "c", "d"].entries())
    await writeFile(join(home, `${name}.safetensors`), noiseModel({ "x.weight": [30, 20], "y.weight": [24, 20] }, k));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const apiOf = ({ server, cookie }: Served): ServeApi =>
  serveApi((path, init) =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { ...init, headers: { ...init?.headers, cookie } }),
  );

/** As a browser has it: asks again with the place of the last event, until it is closed. */
class TestEventSource {
  static opened: TestEventSource[] = [];
  readyState = 0;
  private reader: EventReader | undefined;
  private readonly listeners: { type: string; listener: (event: { data: string }) => void }[] = [];

  /** `breaks`: after so many events the connection breaks, each time. */
  constructor(served: Served, address: string, breaks = Number.POSITIVE_INFINITY) {
    TestEventSource.opened.push(this);
    void this.run(served, address, breaks);
  }

  addEventListener(type: string, listener: (event: { data: string }) => void): void {
    this.listeners.push({ type, listener });
  }

  close(): void {
    this.readyState = 2;
    this.reader?.break();
  }

  private emit(type: string, data = ""): void {
    for (const one of this.listeners) if (one.type === type) one.listener({ data });
  }

  private async run({ server, cookie }: Served, address: string, breaks: number): Promise<void> {
    let lastId: string | undefined;
    while (this.readyState !== 2) {
      const headers = { cookie, ...(lastId !== undefined && { "Last-Event-ID": lastId }) };
      const reader = new EventReader(server.port, address, headers);
      this.reader = reader;
      let [given, isEnded] = [0, false];
      void reader.ended.then(() => {
        isEnded = true;
      });
      while (given < breaks) {
        await until(() => this.readyState === 2 || given < reader.events.length || isEnded);
        if (this.readyState === 2) return;
        if (given >= reader.events.length) break;
        const { id, type, data } = reader.events[given++];
        lastId = id ?? lastId;
        this.emit(type, data);
      }
      reader.break();
      // An answer that is no stream ends it.
      if (given === 0) this.readyState = 2;
      this.emit("error");
    }
  }
}
const streamOf =
  (served: Served, breaks?: number): OpenStream =>
  (address) =>
    new TestEventSource(served, address, breaks) as unknown as EventSource;

const never = new AbortController().signal;

describe("the source of eigenscope serve", () => {
  it.each([
    ["whole", Number.POSITIVE_INFINITY],
    ["after every event", 1],
    ["after every second event", 2],
  ])("gives each event once, the report and the details, over a connection that breaks: %s", async (_, breaks) => {
    const served = await serving({ path: home });
    const source = serveSource(
      { path: "a.safetensors", label: "a" },
      { api: apiOf(served), openStream: streamOf(served, breaks) },
    );
    const events: RunEvent[] = [];
    const report = await source.start((event) => events.push(event), never);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, k) => k + 1));
    expect(events.map(({ type }) => type)).toEqual(["planned", "layer", "layer", "ended"]);
    const own = JSON.parse(renderJson(await analyze(join(home, "a.safetensors")).report())) as Report;
    expect(report).toEqual(own);
    expect(events.reduce(reduce, NO_EVENTS).checkpoints[0].summary).toEqual(own.summary);
    expect((await source.detail(0))?.eigenvalues).toBeInstanceOf(Float64Array);
    await expect(source.detail(7)).rejects.toMatchObject({ name: "ServeError", status: 404 });
  });

  it("tells the server which layer somebody waits for, and goes on if it is not heard", async () => {
    const asked: [string, number][] = [];
    const prefer = async (id: string, layer: number): Promise<never> => {
      asked.push([id, layer]);
      throw new ServeError("eigenscope serve does not answer. Is it still running?", 0);
    };
    const api = { prefer } as unknown as ServeApi;
    serveSource({ path: "a.safetensors", label: "a" }, { api, known: "m1" }).prefer?.(7);
    // Not opened yet: there is nobody to ask.
    serveSource({ path: "a.safetensors", label: "a" }, { api }).prefer?.(8);
    await Promise.resolve();
    expect(asked).toEqual([["m1", 7]]);
  });

  it("rejects with the sentence of a model that fails, and of one that cannot be opened", async () => {
    await writeFile(join(home, "broken.safetensors"), "nothing");
    const served = await serving({ path: home });
    const start = (path: string) =>
      serveSource({ path, label: path }, { api: apiOf(served), openStream: streamOf(served) }).start(() => {}, never);
    await expect(start("broken.safetensors")).rejects.toThrow("broken.safetensors");
    await expect(start("../a.safetensors")).rejects.toMatchObject({ name: "ServeError", status: 403 });
    await expect(start("nothing.safetensors")).rejects.toMatchObject({ name: "ServeError", status: 404 });
  });

  it("cancels on the server when it is aborted, and is begun again from the start", async () => {
    const closed = gate();
    const run = join(home, "run");
    await analyze(join(home, "a.safetensors"), { run, shard: { index: 1, count: 2 } }).report();
    const served = await serving({ path: home, pause: () => closed.opened });
    const source = serveSource({ path: "run", label: "run" }, { api: apiOf(served), openStream: streamOf(served) });
    const control = new AbortController();
    const events: RunEvent[] = [];
    const begun = source.start((event) => events.push(event), control.signal);
    await until(() => events.some(({ type }) => type === "layer"));
    control.abort(new Error("stopped"));
    await expect(begun).rejects.toThrow("stopped");
    const phases = async () => (await sessionHere(apiOf(served)))?.models.map(({ phase }) => phase);
    await until(async () => (await phases())?.[0] === "cancelled");
    const done = events.find((event) => event.type === "layer")?.record.layer_id as number;
    expect(await source.detail(done)).not.toBe(null);
    await analyze(join(home, "a.safetensors"), { run }).report();
    expect((await source.start(() => {}, never))?.layers).toHaveLength(2);
    expect(await phases()).toEqual(["cancelled", "done"]);
  });

  it("goes on with a model that the server has already, of a page before a reload", async () => {
    const served = await serving({ path: home });
    const api = apiOf(served);
    const known = await api.open("a.safetensors");
    const source = serveSource({ path: "a.safetensors", label: "a" }, { api, known, openStream: streamOf(served) });
    expect((await source.start(() => {}, never))?.layers).toHaveLength(2);
    expect((await api.session()).models).toHaveLength(1);
  });

  it("says that the server knows a model no more", async () => {
    const served = await serving({ path: home });
    const options = { api: apiOf(served), openStream: streamOf(served), known: "0123" };
    const source = serveSource({ path: "a.safetensors", label: "a" }, options);
    await expect(source.start(() => {}, never)).rejects.toMatchObject({ name: "ServeError", status: 404 });
  });

  it("holds at most three streams; the others wait, and leave when they are aborted", async () => {
    const run = join(home, "run");
    await analyze(join(home, "a.safetensors"), { run, shard: { index: 1, count: 2 } }).report();
    const served = await serving({ path: home, pause: () => gate().opened });
    TestEventSource.opened = [];
    const begin = () => {
      const control = new AbortController();
      const source = serveSource({ path: "run", label: "run" }, { api: apiOf(served), openStream: streamOf(served) });
      const ended = source
        .start(() => {}, control.signal)
        .then(
          () => "done",
          ({ message }: Error) => message,
        );
      return { ended, stop: () => control.abort(new Error("stopped")) };
    };
    const sources = [begin(), begin(), begin(), begin(), begin()];
    await until(async () => (await apiOf(served).session()).models.length === 5);
    await until(() => TestEventSource.opened.length === 3);
    sources[3].stop();
    expect(await sources[3].ended).toBe("stopped");
    expect(TestEventSource.opened).toHaveLength(3);
    sources[0].stop();
    await until(() => TestEventSource.opened.length === 4);
    for (const { stop } of sources) stop();
    expect(await Promise.all(sources.map(({ ended }) => ended))).toEqual(sources.map(() => "stopped"));
  });

  it("compares two models of the server by its engine, and no others", async () => {
    const served = await serving({ path: home });
    const source = (path: string) => serveSource({ path, label: path }, { api: apiOf(served) });
    const found = await source("a.safetensors").compareWith?.(source("b.safetensors"), never);
    const own = await compare(join(home, "a.safetensors"), join(home, "b.safetensors"));
    expect(found).toEqual(JSON.parse(renderComparisonJson(own)));
    const page = { ...source("b.safetensors"), kind: "page" as const };
    await expect(source("a.safetensors").compareWith?.(page, never)).rejects.toThrow("open both there");
  });
});

describe("the API of eigenscope serve, for the page", () => {
  it("lists, ranks and finds out whether the page comes from it", async () => {
    const served = await serving({ path: home });
    const api = apiOf(served);
    expect((await api.files(".")).entries.map(({ path }) => path)).toHaveLength(4);
    expect((await sessionHere(api))?.kind).toBe("folder");
    const ranking = await api.rank(
      ["a.safetensors", "b.safetensors"],
      [
        { name: "a", score: 1 },
        { name: "b", score: 2 },
      ],
    );
    expect(ranking.models).toHaveLength(2);
    await expect(api.rank([])).rejects.toBeInstanceOf(ServeError);
  });

  it.each([
    ["a static host without it", async () => new Response("not found", { status: 404 })],
    ["a static host that answers everything", async () => new Response("<html>")],
    ["JSON of something else", async () => new Response("[]")],
    ["no network", async () => Promise.reject(new TypeError("failed to fetch"))],
  ])("is not there: %s", async (_, answer) => {
    expect(await sessionHere(serveApi(answer))).toBe(null);
  });

  it.each([
    ["refused", new Response('{"error": "A reason."}', { status: 403 }), "A reason.", 403],
    ["refused after a heartbeat", new Response('  {"error": "A reason."}'), "A reason.", 200],
    ["broken off", new Response('  {"a": '), "broke off", 200],
    ["refused without a reason", new Response("x", { status: 500, statusText: "Oh" }), "Oh", 500],
  ])("rejects an answer that is %s with a sentence", async (_, answer, words, status) => {
    const error = await serveApi(async () => answer)
      .compare("a", "b")
      .catch((cause: unknown) => cause as ServeError);
    expect(error).toMatchObject({ name: "ServeError", status, message: expect.stringContaining(words) });
  });
});
