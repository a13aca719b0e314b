import { FormatError } from "../formats/index.js";
import { isLoopback, shownAddress } from "./address.js";
import { lanes } from "./lanes.js";
import type { RemoteHost } from "./remote-host.js";
import { retryAfterMs, Transient } from "./retry.js";

/** Fetch's own limit is 20; the hub needs two, and more than five is probably a loop. */
const MAX_REDIRECTS = 5;
/**
 * Requests in parallel for the files of one model: enough to use a connection whose answers take 100 ms, few enough not
 * to be refused.
 */
const PARALLEL_REQUESTS = 8;

/** A server, or a hub, that serves the files of one model. */
export interface Site {
  readonly host: RemoteHost;
  /** Credentials. They are sent to `origin`, and to no other host to which it redirects. */
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string;
  /** Aborts everything, in addition to the signal of a single read. */
  readonly signal?: AbortSignal | undefined;
  /** The message for a refusal; undefined uses the general messages. */
  readonly explain?: ((answer: Response, shown: string) => FormatError | undefined) | undefined;
  /** Runs work when one of the parallel lanes is free. */
  readonly inLane: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface SiteOptions {
  readonly host: RemoteHost;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly explain?: Site["explain"];
}

/** The server of an address. Throws `TypeError`, without showing values, for headers that HTTP cannot carry. */
export function siteOf(address: URL, { host, headers = {}, signal, explain }: SiteOptions): Site {
  for (const [name, value] of Object.entries(headers)) {
    // Fetch would also refuse it, but print the value, which is a credential.
    if (!/^[\w-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value))
      throw new TypeError(`headers: "${name}" has characters that HTTP cannot carry`);
  }
  const { host: server, origin } = address;
  const own = lanes(PARALLEL_REQUESTS);
  const shared = host.inLane?.bind(host);
  // The server's lanes come last: who waits for them holds none of them.
  const inLane: Site["inLane"] = shared === undefined ? own : (work) => own(() => shared(server, work));
  return { host, headers, origin, signal, explain, inLane };
}

/** A request target: an address, and whether it is the site's own and may receive its credentials. */
export interface Target {
  readonly url: URL;
  readonly trusted: boolean;
}

export interface Answer {
  readonly response: Response;
  /** The target of the redirects, for the next request. */
  readonly target: Target;
}

/**
 * One GET, with redirects followed: at most five, never from https to http, and the site's credentials are never sent
 * past a change of host (nor back again). Resolves with any answer that is not a redirect.
 */
export async function request(
  target: Target,
  { site, headers, signal }: { site: Site; headers: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<Answer> {
  let { url, trusted } = target;
  trusted &&= url.origin === site.origin;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const asked = site.host.fetch(url, {
      headers: trusted ? { ...headers, ...site.headers } : headers,
      redirect: site.host.sandboxed ? "follow" : "manual",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal,
    });
    const response = await overNetwork(asked, url);
    if (response.status < 300 || response.status > 399 || response.status === 304) {
      const end = response.redirected ? new URL(response.url) : url;
      return { response, target: { url: end, trusted: trusted && end.origin === site.origin } };
    }
    discard(response);
    const next = redirectOf(response, url);
    trusted &&= next.origin === url.origin;
    url = next;
  }
  throw refusal(`redirects more than ${MAX_REDIRECTS} times`, target.url);
}

/** Classifies an answer other than the expected one: to be retried, or refused with a message. Discards its body. */
export function failedAnswer(response: Response, { site, url }: { site: Site; url: URL }): FormatError | Transient {
  discard(response);
  const { status } = response;
  if (status === 429 || status === 408 || status === 425 || status >= 500) {
    const what = status === 429 ? "the server asks for fewer requests" : "the server failed";
    return new Transient(
      `${what} (status ${status})`,
      retryAfterMs(response.headers.get("retry-after"), site.host.now()),
    );
  }
  const explained = site.explain?.(response, shownAddress(url));
  if (explained !== undefined) return explained;
  if (status === 404 || status === 410) {
    return new FormatError(`there is no such file (status ${status})`, {
      kind: "missing",
      file: shownAddress(url),
      remedy: "Check the address.",
    });
  }
  if (status === 401 || status === 403) {
    return refusal(
      `the server refuses access (status ${status})`,
      url,
      "A signed address may have expired, or was signed for another file or method; get a new one.",
    );
  }
  return refusal(`the server answered with status ${status}`, url);
}

/**
 * Error codes of Node's fetch that a second attempt cannot fix: a host that does not exist, a certificate that is not
 * trusted.
 */
const PERMANENT_ERRORS = /ENOTFOUND|CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/;

/**
 * Waits for fetch, or for a piece of a body. If the network fails they reject with a plain TypeError, whose cause, in
 * Node, has a code.
 */
export async function overNetwork<T>(work: Promise<T>, url: URL): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const { code, message } = (cause.cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    const named = typeof code === "string" ? ` (${code})` : "";
    // Node's fetch gives no code if it refuses to send the request at all (a port of another service, "bad port").
    if (named === "" && typeof message === "string") throw refusal(`the address cannot be requested (${message})`, url);
    if (!PERMANENT_ERRORS.test(named)) throw new Transient(`the connection failed${named}`, undefined, cause);
    throw refusal(`the server could not be reached${named}`, url, "Check the address and the network.");
  }
}

/** Discards an answer's body, so that its connection is free again. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

function redirectOf(response: Response, from: URL): URL {
  const location = response.headers.get("location");
  let next: URL;
  try {
    next = new URL(location ?? "", location === null ? undefined : from);
  } catch {
    throw refusal(`redirects (status ${response.status}) without saying where to`, from);
  }
  // Fetch refuses such an address with an error that looks like a network error.
  if (next.username !== "" || next.password !== "") {
    throw refusal(
      `redirects to an address at ${next.host} that carries a user name or password`,
      from,
      "Name the file's own address.",
    );
  }
  if (next.protocol !== "https:" && !(isLoopback(from) && isLoopback(next))) {
    throw refusal(`redirects to ${next.protocol}//${next.host}, which is not https`, from);
  }
  return next;
}

function refusal(reason: string, url: URL, remedy?: string): FormatError {
  return new FormatError(reason, { kind: "unreadable", file: shownAddress(url), remedy });
}
