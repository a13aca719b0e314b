import { OptionError } from "../../bytes/option-error.js";

/** Where a queue is, and how to log in. */
export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** For messages: without user name and password. */
  readonly shown: string;
}

const DEFAULT_PORT = 6379;

/**
 * Reads `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. Throws an `OptionError` that never shows a
 * password.
 */
export function queueAddress(text: string): QueueAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refused(text);
  }
  const db = /^\/?(\d*)$/.exec(url.pathname)?.[1];
  if (
    !/^rediss?:$/.test(url.protocol) ||
    url.hostname === "" ||
    db === undefined ||
    url.search !== "" ||
    url.hash !== ""
  )
    throw refused(text);
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  const username = decoded(url.username, text);
  const password = decoded(url.password, text);
  return {
    // An address of IPv6 is in brackets in a URL only.
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    db: Number(db),
    tls: url.protocol === "rediss:",
    ...(username !== "" && { username }),
    ...(password !== "" && { password }),
    shown: `${url.protocol}//${url.hostname}:${port}/${Number(db)}`,
  };
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused(text);
  }
}

/** Everything before the last @ may be a password, and so may a query. */
function refused(text: string): OptionError {
  const shown = text.split(/[?#]/)[0].replace(/^(\w+:\/\/)?.*@/s, "$1");
  return new OptionError("queue", `found "${shown}", expected an address such as redis://host:6379 or rediss://host`);
}
