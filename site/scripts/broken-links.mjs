// Links of a built site that lead nowhere. VitePress itself checks that a linked page is there; this also checks the
// part of the page (#...), pictures, and pages that are not VitePress's own.
import { posix } from "node:path";

/**
 * What is wrong with the links of HTML pages, one sentence each. `pages` has the text of each page by its path in the
 * site, `hasFile` says whether the site has a file, `base` is the site's path on its host. Other sites are not asked.
 */
export function brokenLinks(pages, hasFile, base = "/") {
  const anchors = new Map([...pages].map(([path, html]) => [path, new Set(idsOf(html))]));
  return [...pages].flatMap(([page, html]) =>
    [...new Set(targetsOf(html))].flatMap((target) => {
      const [address, part] = target.split("#");
      const path = fileOf(address, page, base);
      if (path === null || !hasFile(path)) return [`${page}: ${address} is not there`];
      // A page's own script moves to what an empty or a client's address (#/m/...) means.
      if (part === undefined || part === "" || part.startsWith("/") || !anchors.has(path)) return [];
      const found = anchors.get(path).has(decodeURIComponent(part));
      return found ? [] : [`${page}: ${address === "" ? path : address} has no part #${part}`];
    }),
  );
}

const idsOf = (html) => [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => unescaped(id));

/** What links and pictures lead to in this site. */
function targetsOf(html) {
  return [...html.matchAll(/<(?:a|img)\s[^>]*?(?:href|src)="([^"]*)"/g)]
    .map(([, target]) => unescaped(target))
    .filter((target) => !/^(?:[a-z]+:|\/\/)/.test(target));
}

const unescaped = (text) => text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");

/** The file of the site that an address on a page means; null if it lies outside the site. */
function fileOf(address, page, base) {
  if (address === "") return page;
  if (address.startsWith("/") && !address.startsWith(base)) return null;
  const path = address.startsWith("/")
    ? address.slice(base.length)
    : posix.normalize(posix.join(posix.dirname(page), address));
  return decodeURIComponent(path.replace(/(^|\/)$/, "$1index.html"));
}
