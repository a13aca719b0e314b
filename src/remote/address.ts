import { FormatError } from "../formats/index.js";

/** Does the text claim to be an address on the network? */
export function isRemoteAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** An address as messages and reports may show it: without query and fragment, where signatures and tokens stand. */
export function shownAddress({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/**
 * Reads an address. Throws `FormatError` for one that is none, that carries a password, or that is not encrypted; the
 * message never shows a query.
 */
export function remoteAddress(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new FormatError("this is no valid address", { kind: "unreadable", file: text.split(/[?#]/)[0].replace(/\/\/[^/]*@/, "//") });
  }
  const refuse = (reason: string, remedy: string): never => {
    throw new FormatError(reason, { kind: "unreadable", file: shownAddress(url), remedy });
  };
  if (url.username !== "" || url.password !== "") refuse("the address carries a user name or password", "Leave them out of it.");
  if (url.protocol !== "https:" && !isLoopback(url)) refuse("only https:// addresses are read", "Use https, or download the file first.");
  url.hash = "";
  return url;
}

/** May http lead there? Nobody listens on the way to one's own machine. */
export function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && (hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname));
}
