import type { FlowProducer, Job, Queue, Worker } from "bullmq";
import { OptionError } from "../../bytes/option-error.js";
import type { QueueAddress } from "./queue-address.js";

/** The queue of all runs of a Redis database; any board for BullMQ shows it under this name. */
export const QUEUE = "eigenscope";
/** What the queue's packages are installed with. */
const INSTALL = "npm install bullmq@6 ioredis@6";
/** A server that does not answer in this time is not there. */
const CONNECT_MS = 10_000;
/** Between two attempts to reach a server that was lost. */
const MAX_RECONNECT_MS = 2000;

export type { FlowProducer, Job, Queue, Worker };

/** Redis or a package of the queue is not to be had: the message says what to do. */
export class QueueUnavailable extends OptionError {
  constructor(reason: string) {
    super("queue", reason);
  }
}

type BullMq = typeof import("bullmq");

/** The packages of the queue. Rejects with `QueueUnavailable` where they are not installed. */
export async function loadBullMq(): Promise<BullMq> {
  try {
    await import("ioredis");
    return await import("bullmq");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    const name = /'(bullmq|ioredis)'/.exec(message)?.[1] ?? "a package of it";
    throw new QueueUnavailable(`needs the packages of the queue, and ${name} is not installed; run: ${INSTALL}`);
  }
}

/** An open queue. */
export interface OpenQueue {
  readonly bull: BullMq;
  readonly address: QueueAddress;
  readonly queue: Queue;
  readonly flows: FlowProducer;
  /** What is wrong with the server's settings, in sentences. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/** Options of a connection that survives a restart of the server. */
export function connectionTo({ host, port, db, tls, username, password }: QueueAddress) {
  return {
    ...{ host, port, db },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(100 * times, MAX_RECONNECT_MS),
  };
}

/** Opens the queue. Rejects with `QueueUnavailable` if nobody answers there, or not to this password. */
export async function openQueue(address: QueueAddress): Promise<OpenQueue> {
  const bull = await loadBullMq();
  const warnings = await askServer(address);
  const connection = connectionTo(address);
  const queue = new bull.Queue(QUEUE, { connection });
  const flows = new bull.FlowProducer({ connection });
  // An error without a listener would end the process; a lost connection is made again.
  queue.on("error", () => {});
  flows.on("error", () => {});
  const close = async (): Promise<void> => void (await Promise.all([queue.close(), flows.close()]));
  return { bull, address, queue, flows, warnings, close };
}

/** Whether the server answers, and what its settings would lose. */
async function askServer(address: QueueAddress): Promise<string[]> {
  const { Redis } = await import("ioredis");
  const once = { lazyConnect: true, retryStrategy: () => null, connectTimeout: CONNECT_MS, maxRetriesPerRequest: 0 };
  const client = new Redis({ ...connectionTo(address), ...once });
  // The errors of the connection come here too; `connect` rejects with the reason.
  let reason: Error | undefined;
  client.on("error", (error: Error) => {
    reason ??= error;
  });
  try {
    await client.connect();
    const info = await client.info();
    return warningsOf(info);
  } catch (cause) {
    const { message } = reason ?? (cause as Error);
    throw new QueueUnavailable(`no queue at ${address.shown}: ${withoutSecrets(message, address)}`);
  } finally {
    client.disconnect();
  }
}

function warningsOf(info: string): string[] {
  const value = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  const policy = value("maxmemory_policy");
  const warnings: string[] = [];
  if (policy !== undefined && policy !== "noeviction")
    warnings.push(`Redis may drop jobs: its maxmemory-policy is ${policy}, set it to noeviction`);
  if (value("aof_enabled") === "0")
    warnings.push("Redis forgets its jobs when it stops: set appendonly to yes, or submit again then");
  return warnings;
}

/** A message of the server or of the network, without what logs in. */
export function withoutSecrets(message: string, { password }: QueueAddress): string {
  return password === undefined ? message : message.replaceAll(password, "...");
}
