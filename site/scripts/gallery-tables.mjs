// The tables of docs/gallery.md: two pictures beside each other with their captions. draw-gallery.mjs writes them; the
// test compares them with the captions that it kept.
import { GALLERY } from "./gallery-spectra.mjs";

const BLOCK = /<!-- spectra: (\S+) -->\n[\s\S]*?<!-- end of spectra -->/g;

/** The document with the table of each `<!-- spectra: name -->` made from the captions. Throws on an unknown name. */
export function galleryTables(markdown, captions) {
  return markdown.replace(BLOCK, (_, name) => {
    if (GALLERY[name] === undefined) throw new Error(`docs/gallery.md: no spectra are called "${name}"`);
    return `<!-- spectra: ${name} -->\n\n${tableOf(GALLERY[name], captions)}\n\n<!-- end of spectra -->`;
  });
}

function tableOf(items, captions) {
  const rows = [];
  for (let k = 0; k < items.length; k += 2) rows.push(items.slice(k, k + 2));
  const lines = rows.map((row) => `| ${row.map((item) => cell(item, captions[item.id])).join(" | ")} |`);
  // A table of Markdown has a header; here it is empty.
  return ["|  |  |", "| --- | --- |", ...lines].join("\n");
}

function cell({ id, words }, { phase, confidence, facts }) {
  const percent = `${Math.round(100 * confidence)} %`;
  const said = `${phase} (${percent})`;
  return `![The spectrum: ${said}; ${facts}](pictures/gallery/${id}.svg)<br>${words}.<br>**${said}**; ${facts}`;
}
