import { describe, expect, it } from "vitest";
import { links, pages } from "./site-modules.js";

describe("a document as a page", () => {
  it.each([
    ["a document that is a page", "docs/tutorial.md", "[a](results.md)", "[a](/results.md)"],
    ["a part of one", "docs/tutorial.md", "[a](lab.md#data)", "[a](/lab.md#data)"],
    ["a document at the root", "docs/weightwatcher.md", "[a](../NOTATION.md)", "[a](/notation.md)"],
    ["the README of a folder", "docs/lab.md", "[a](api/README.md)", "[a](/api/index.md)"],
    ["a picture", "docs/theory/phases.md", "![a](../pictures/decision.svg)", "![a](/pictures/decision.svg)"],
    ["a page of its own", "docs/lab.md", "[a](lab/x.html)", '[a](lab/x.html){target="_self"}'],
    [
      "a page of its own, from another folder",
      "docs/theory/phases.md",
      "[a](../lab/x.html#b)",
      '[a](../lab/x.html#b){target="_self"}',
    ],
    [
      "a source",
      "docs/theory/phases.md",
      "[a](../../src/phases/questions.ts)",
      "[a](https://github.com/eigenscope/eigenscope/blob/main/src/phases/questions.ts)",
    ],
    [
      "a page, by its address in the repository",
      "NOTATION.md",
      "[a](https://github.com/eigenscope/eigenscope/blob/main/docs/glossary.md#esd)",
      "[a](/glossary.md#esd)",
    ],
    ["another site", "docs/lab.md", "[a](https://example.org/x.md)", "[a](https://example.org/x.md)"],
    ["itself", "docs/lab.md", "[a](#data)", "[a](#data)"],
    ["the second of two headings", "docs/api/main.md", "[a](#report-1)", "[a](#report-1)"],
    [
      "a heading that TypeDoc calls the second, though it is the only one",
      "docs/api/formats.md",
      "[a](main.md#formaterrorkind-1)",
      "[a](/api/main.md#formaterrorkind)",
    ],
  ])("links to %s", (_, source, link, expected) => {
    expect(pages.pageOf(`x ${link} y`, source)).toBe(`x ${expected} y`);
  });

  it("keeps code as it is", () => {
    const text = "`[a](results.md)`\n\n```\n[a](results.md)\n```\n";
    expect(pages.pageOf(text, "docs/tutorial.md")).toBe(text);
  });

  it("changes a link whose text is code, and one between two pieces of code", () => {
    expect(pages.pageOf("[`a[0]`](lab.md)", "docs/tutorial.md")).toBe("[`a[0]`](/lab.md)");
    expect(pages.pageOf("`a` [b](lab.md) `c`", "docs/tutorial.md")).toBe("`a` [b](/lab.md) `c`");
  });
});

describe("the check of the built site", () => {
  const site = new Map([
    ["index.html", '<a href="/a.html#one">x</a><a href="https://example.org">y</a><img src="/p.svg">'],
    ["a.html", '<h2 id="one">One</h2><a href="#one">x</a>'],
  ]);
  const hasFile = (path: string): boolean => ["p.svg", "c.html"].includes(path) || site.has(path);

  it("finds nothing where every link leads somewhere", () => {
    expect(links.brokenLinks(site, hasFile)).toEqual([]);
  });

  it("takes a place of the application for no part of a page", () => {
    const page = '<h1 id="one">One</h1><a href="/a.html#/m/digits">x</a><a href="/a.html#">y</a>';
    expect(links.brokenLinks(new Map([...site, ["c.html", page]]), hasFile)).toEqual([]);
  });

  it.each([
    ["a page that is not there", '<a href="/b.html">x</a>', ["c.html: /b.html is not there"]],
    ["a part that is not there", '<a href="/a.html#two">x</a>', ["c.html: /a.html has no part #two"]],
    ["a part of itself that is not there", '<a href="#two">x</a>', ["c.html: c.html has no part #two"]],
    ["a picture that is not there", '<img src="/q.svg">', ["c.html: /q.svg is not there"]],
  ])("finds %s", (_, html, found) => {
    expect(links.brokenLinks(new Map([...site, ["c.html", html]]), hasFile)).toEqual(found);
  });

  it("knows the path of the site on its host", () => {
    const under = new Map([["index.html", '<a href="/base/index.html">x</a><a href="/index.html">y</a>']]);
    expect(links.brokenLinks(under, (path) => under.has(path), "/base/")).toEqual([
      "index.html: /index.html is not there",
    ]);
  });
});
