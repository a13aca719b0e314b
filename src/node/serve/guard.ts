import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Refusal } from "./refusal.js";

/** Bytes of a token: 128 bits cannot be guessed. */
const TOKEN_BYTES = 16;
/** The fields of the first address that carry a token. */
const TOKEN_FIELD = "token";
const ONCE_FIELD = "once";
/** Values of Sec-Fetch-Site that are answered: our own page, and the user (address bar, bookmark). */
const OWN_SITES = ["same-origin", "none"];

/** A new token, as text that an address may carry. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("hex");
}

/** What the guard reads of a request. */
export interface GuardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The fields after "?" of the address. */
  readonly query: URLSearchParams;
  readonly path: string;
}

/**
 * Decides which requests are answered. Three things stand between a page of another host and this machine's files:
 * - Host must be this server. A name that an attacker points at 127.0.0.1 (DNS rebinding) has another one.
 * - Origin and Sec-Fetch-Site, where the browser sends them, must say that our own page asks, or the user.
 * - The token: by the first address, from then on by a cookie that scripts cannot read and other sites do not send.
 */
export class Guard {
  private readonly hosts: ReadonlySet<string>;
  private readonly once = new Set<string>();
  /** Cookies do not know ports: each server has a name of its own. */
  private readonly cookie: string;

  constructor(
    readonly port: number,
    private readonly token: string = newToken(),
  ) {
    this.hosts = new Set(["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`));
    this.cookie = `eigenscope-${port}`;
  }

  /** The first address, for the user. It is valid as long as the server runs. */
  get address(): string {
    return this.addressWith(TOKEN_FIELD, this.token);
  }

  /**
   * An address that is valid once, for a command line that starts a browser: other users of the machine can see the
   * arguments of a process.
   */
  addressOnce(): string {
    const code = newToken();
    this.once.add(code);
    return this.addressWith(ONCE_FIELD, code);
  }

  /** Throws a `Refusal` if the request comes from elsewhere. It need not have a token yet. */
  assertFromHere({ headers }: GuardedRequest): void {
    const { host, origin } = headers;
    if (host === undefined || !this.hosts.has(host.toLowerCase()))
      throw new Refusal(403, "This server answers only under its own address (Host is another one).");
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`)
      throw new Refusal(403, "This server answers only its own page (Origin is another one).");
    const site = headers["sec-fetch-site"];
    if (site !== undefined && !OWN_SITES.includes(String(site)))
      throw new Refusal(
        403,
        "This server answers only its own page (Sec-Fetch-Site is another one). If you followed a link, copy the " +
          "address into the address bar.",
      );
  }

  /** The cookie to set if the request is that of a first address with the right token; else undefined. */
  admitted({ path, query }: GuardedRequest): string | undefined {
    if (path !== "/") return undefined;
    const [token, code] = [query.get(TOKEN_FIELD), query.get(ONCE_FIELD)];
    const isRight = (token !== null && isEqual(token, this.token)) || (code !== null && this.takeOnce(code));
    return isRight ? `${this.cookie}=${this.token}; Path=/; HttpOnly; SameSite=Strict` : undefined;
  }

  /** Throws a `Refusal` if the request has no cookie with the token. */
  assertToken({ headers }: GuardedRequest): void {
    const given = cookiesNamed(this.cookie, headers.cookie);
    if (given.some((token) => isEqual(token, this.token))) return;
    throw new Refusal(
      403,
      given.length === 0
        ? "Open the address that eigenscope serve has printed: it has the token that this page lacks."
        : "The token is not that of this server, which may have been started again: open the address that it printed.",
    );
  }

  private takeOnce(code: string): boolean {
    const found = [...this.once].find((known) => isEqual(known, code));
    return found !== undefined && this.once.delete(found);
  }

  private addressWith(field: string, value: string): string {
    return `http://127.0.0.1:${this.port}/?${field}=${value}`;
  }
}

/** Compares in a time that does not depend on how much of the text is right. */
function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** The values of all cookies of a name: servers on other ports of this host may set more. */
function cookiesNamed(name: string, header = ""): string[] {
  return header
    .split(";")
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie.startsWith(`${name}=`))
    .map((cookie) => cookie.slice(name.length + 1));
}
