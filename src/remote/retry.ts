import { FormatError } from "../formats/index.js";
import { linkSignals } from "./linked-signal.js";
import type { RemoteHost } from "./remote-host.js";

/** Consecutive failures, without progress between them, before giving up: with the waits below, about half a minute. */
const MAX_FAILURES = 6;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
/** The hub's rate limit counts windows of five minutes; if a server asks for more, we give up. */
export const MAX_RETRY_AFTER_MS = 5 * 60_000;
/**
 * An attempt that received this much does not count as a failure. It bounds the attempts of one part of 8 MiB to 32 *
 * 6.
 */
const MIN_PROGRESS_BYTES = 256 * 2 ** 10;
/** Time limit of one request; its bytes are kept, so that a slow connection continues and a dead one is detected. */
const MAX_REQUEST_MS = 60_000;

/** A failure that another attempt may fix. `waitMs` is the wait that the server requested; without it we choose one. */
export class Transient extends Error {
  override readonly name = "Transient";

  constructor(
    message: string,
    readonly waitMs?: number,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

export interface Retries {
  readonly host: RemoteHost;
  /** The address for messages. */
  readonly shown: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes received by all attempts so far. */
  readonly progress?: () => number;
}

/**
 * Retries until an attempt resolves, or fails permanently: with a `FormatError` at once, or after six consecutive
 * `Transient` failures. Between attempts it waits 0.5, 1, 2, ... 30 s, each times a random factor in [0.5, 1), or as
 * long as the server requested. `attempt` continues where the last one ended.
 */
export async function withRetries<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  { host, shown, signal, progress = () => 0 }: Retries,
): Promise<T> {
  let reached = progress();
  for (let failures = 0; ; ) {
    try {
      return await withinTime(attempt, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      if (!(cause instanceof Transient)) throw cause;
      if (progress() - reached >= MIN_PROGRESS_BYTES) [failures, reached] = [0, progress()];
      if (++failures === MAX_FAILURES) {
        throw new FormatError(`${cause.message}, ${failures} times in a row`, {
          kind: "unreadable",
          file: shown,
          remedy: "Try again later.",
          cause,
        });
      }
      if (cause.waitMs !== undefined && cause.waitMs > MAX_RETRY_AFTER_MS) {
        throw new FormatError(`${cause.message} and asks to wait ${Math.ceil(cause.waitMs / 1000)} s`, {
          kind: "unreadable",
          file: shown,
          remedy: "Try again then.",
        });
      }
      const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)) * (0.5 + 0.5 * host.random());
      await host.pause(cause.waitMs ?? wait, signal);
    }
  }
}

/**
 * Milliseconds to wait by a Retry-After field (RFC 9110, 10.2.3: seconds, or a date); undefined if there is none or it
 * is not valid.
 */
export function retryAfterMs(field: string | null, now: number): number | undefined {
  if (field === null) return undefined;
  if (/^\d{1,9}$/.test(field.trim())) return Number(field) * 1000;
  const date = Date.parse(field);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Runs one attempt under a deadline and the caller's signal. */
async function withinTime<T>(attempt: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = AbortSignal.timeout(MAX_REQUEST_MS);
  const linked = linkSignals([signal, deadline]);
  try {
    linked.signal.throwIfAborted();
    return await attempt(linked.signal);
  } catch (cause) {
    if (deadline.aborted && !signal?.aborted)
      throw new Transient(`the server did not finish within ${MAX_REQUEST_MS / 1000} s`);
    throw cause;
  } finally {
    linked.release();
    // Aborts whatever still runs of this attempt (a body that was refused).
    linked.abort();
  }
}
