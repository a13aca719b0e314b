import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { WorkerEvent } from "../node/fleet/index.js";
import { printableSentence } from "../report/text-parts.js";
import { UsageError } from "./exit-codes.js";

/** Where a worker's events go. */
export interface WorkerLog {
  event(event: WorkerEvent): void;
  note(sentence: string): void;
  close(): Promise<void>;
}

interface LogFlags {
  readonly log: "text" | "json";
  readonly metricsPort?: number;
  /** Only what went wrong. */
  readonly quiet: boolean;
}

/** What a worker tells, as lines on stderr: text, or JSON by pino; and as metrics for Prometheus. */
export async function workerLog({ log, metricsPort, quiet }: LogFlags): Promise<WorkerLog> {
  const lines = log === "json" ? await jsonLines() : textLines();
  const metrics = metricsPort === undefined ? undefined : await metricsOn(metricsPort);
  if (metrics !== undefined) lines.note(`metrics at ${metrics.address}`);
  return {
    event(event) {
      metrics?.event(event);
      if (!quiet || isFault(event)) lines.event(event);
    },
    note: (sentence) => (quiet ? undefined : lines.note(sentence)),
    close: async () => metrics?.close(),
  };
}

type Lines = Pick<WorkerLog, "event" | "note">;

function textLines(): Lines {
  const note = (sentence: string): void => void process.stderr.write(`eigenscope: ${printableSentence(sentence)}\n`);
  return { note, event: (event) => note(sentenceOf(event)) };
}

async function jsonLines(): Promise<Lines> {
  const { pino } = await optional("pino", () => import("pino"), "--log json");
  const logger = pino({ name: "eigenscope" }, pino.destination({ fd: 2, sync: true }));
  return {
    note: (sentence) => logger.info(sentence),
    event: (event) => (isFault(event) ? logger.warn(event, sentenceOf(event)) : logger.info(event, sentenceOf(event))),
  };
}

interface Metrics {
  readonly address: string;
  event(event: WorkerEvent): void;
  close(): Promise<void>;
}

/** Serves the metrics on loopback. Rejects if the port is taken. */
async function metricsOn(port: number): Promise<Metrics> {
  const { Counter, collectDefaultMetrics, Histogram, Registry } = await optional(
    "prom-client",
    () => import("prom-client"),
    "--metrics-port",
  );
  const registers = [new Registry()];
  collectDefaultMetrics({ register: registers[0] });
  const done = new Histogram({
    ...{ name: "eigenscope_layer_seconds", help: "Seconds of each layer that was done", registers },
    buckets: [0.01, 0.1, 1, 10, 100, 1000],
  });
  const failed = new Counter({
    ...{ name: "eigenscope_failures_total", help: "Failed attempts; final: the job was given up", registers },
    labelNames: ["final"],
  });
  const reports = new Counter({ name: "eigenscope_reports_total", help: "Reports that were written", registers });
  const stalled = new Counter({ name: "eigenscope_stalled_total", help: "Jobs that lost their worker", registers });
  const server = createServer((_, response) => {
    registers[0].metrics().then(
      (text) => response.writeHead(200, { "content-type": registers[0].contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(new UsageError(`--metrics-port ${port}: ${cause.message}`, { cause })));
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    event(event) {
      if (event.kind === "layer") done.observe(event.ms / 1000);
      if (event.kind === "failed") failed.inc({ final: String(event.isLast) });
      if (event.kind === "report" && event.state === "written") reports.inc();
      if (event.kind === "stalled") stalled.inc();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A package that is installed only where it is wanted. Throws `UsageError` where it is not. */
async function optional<Module>(name: string, load: () => Promise<Module>, option: string): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new UsageError(`${option} needs the package ${name}; run: npm install ${name}`, { cause });
  }
}

function isFault({ kind }: WorkerEvent): boolean {
  return kind === "failed" || kind === "stalled" || kind === "queue";
}

function sentenceOf(event: WorkerEvent): string {
  switch (event.kind) {
    case "ready":
      return `working on ${event.queue}, ${event.jobs} layers at once; Ctrl-C ends`;
    case "layer":
      return `${event.name}: done in ${Math.round(event.ms)} ms (${event.run})`;
    case "report":
      return event.state === "waits"
        ? `layers are missing and were added again (${event.run})`
        : `report ${event.state === "written" ? "written" : "not written, the run is cancelled"} (${event.run})`;
    case "failed":
      return (
        `${event.name}: ${event.isLast ? "given up" : "failed, will be tried again"}: ${event.reason} ` +
        `(${event.run})`
      );
    case "stalled":
      return `a job lost its worker and is given out again (${event.id})`;
    case "queue":
      return `the queue: ${event.reason}`;
    case "ended":
      return (
        `ended after ${event.layers} layers; the longest delay of the event loop was ` +
        `${Math.round(event.longestDelayMs)} ms`
      );
  }
}
