import { FormatError } from "../formats/index.js";

/** Whether the text looks like an address on the network. */
export function isRemoteAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** An address for messages and reports: without query and fragment, which may hold signatures and tokens. */
export function shownAddress({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

export interface AddressOptions {
  /** Whether it may be http to another machine, through a network that the user trusts. Default: no. */
  readonly http?: boolean;
}

/**
 * Reads an address. Throws `FormatError` if it is not valid, carries a password, or is not encrypted; the message never
 * shows a query.
 */
export function remoteAddress(text: string, { http = false }: AddressOptions = {}): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new FormatError("this is not a valid address", {
      kind: "unreadable",
      file: text.split(/[?#]/)[0].replace(/\/\/[^/]*@/, "//"),
    });
  }
  const refuse = (reason: string, remedy: string): never => {
    throw new FormatError(reason, { kind: "unreadable", file: shownAddress(url), remedy });
  };
  if (url.username !== "" || url.password !== "")
    refuse("the address carries a user name or password", "Leave them out of it.");
  if (url.protocol !== "https:" && !(http && url.protocol === "http:") && !isLoopback(url))
    refuse("only https:// addresses are supported", "Use https, or download the file first.");
  url.hash = "";
  return url;
}

/** Whether http is acceptable: connections to the own machine cannot be intercepted. */
export function isLoopback({ protocol, hostname }: URL): boolean {
  return (
    protocol === "http:" && (hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname))
  );
}
