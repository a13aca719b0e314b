/** The last segment of an address's path, decoded if possible. */
export function nameOf({ pathname }: URL): string {
  const segment = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The address of a file beside another one, with the same query. */
export function siblingAddress(url: URL, name: string): URL {
  const sibling = new URL(url);
  sibling.pathname = url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1) + addressOfName(name);
  return sibling;
}

/** A file's name as a part of an address. */
export function addressOfName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
