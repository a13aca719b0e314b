/**
 * The page's script: theme, sorting, filtering, marking a layer wherever it is, and tooltips with the definitions of
 * columns. The page can be read without it. It adds text to the page only through `textContent` and `title`.
 */
export const PAGE_SCRIPT = `
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;
  for (const element of all("[data-script]")) element.hidden = false;

  const theme = document.getElementById("theme");
  const darkSystem = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (darkSystem.matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
  darkSystem.addEventListener("change", nameTheme);
  nameTheme();

  // What takes long on a page of thousands of layers is made when it is first asked for.
  const lazily = (make) => { let made; return () => (made ??= make()); };

  const byLayer = lazily(() => {
    const found = new Map();
    for (const element of all("[data-layer]")) {
      const known = found.get(element.dataset.layer);
      if (known) known.push(element); else found.set(element.dataset.layer, [element]);
    }
    return found;
  });
  let marked;
  const mark = (layer) => {
    if (layer === marked) return;
    for (const element of byLayer().get(marked) ?? []) element.classList.remove("on");
    for (const element of byLayer().get(layer) ?? []) element.classList.add("on");
    marked = layer;
  };

  const table = document.getElementById("layer-table");
  if (table) {
    const data = lazily(() => JSON.parse(document.getElementById("values").textContent));
    const indexOf = (column) => data().columns.indexOf(column);
    const body = table.tBodies[0];
    const rows = lazily(() => [...body.rows].map((row, k) => ({
      row,
      values: data().rows[k],
      words: (row.cells[0].title + " " + row.textContent).toLowerCase(),
    })));
    const headings = all("thead th[data-column]", table);
    const compare = (column, sign) => (a, b) => {
      const [x, y] = [a.values[column], b.values[column]];
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (typeof x === "number" ? x - y : x.localeCompare(y, "en", { numeric: true }));
    };
    for (const heading of headings) {
      heading.querySelector("button").addEventListener("click", () => {
        const current = heading.getAttribute("aria-sort");
        const order = current === null ? heading.dataset.first : current === "ascending" ? "descending" : "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", order);
        rows().sort(compare(indexOf(heading.dataset.column), order === "ascending" ? 1 : -1));
        body.append(...rows().map(({ row }) => row));
      });
    }

    const search = document.getElementById("filter-text");
    const count = document.getElementById("filter-count");
    const phases = all("button[data-phase]");
    const look = document.getElementById("filter-look");
    const isPressed = (button) => button?.getAttribute("aria-pressed") === "true";
    const titles = headings.map((heading) => heading.textContent.toLowerCase());
    const tests = {
      "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
      "=": (a, b) => a === b,
    };
    const wanted = (text) => {
      const rule = /^\\s*([a-z_ ]*[a-z_])\\s*(<=|>=|<|>|=)=?\\s*(-?[\\d.]+(?:e-?\\d+)?)\\s*$/.exec(text);
      if (rule) {
        const heading = headings[titles.indexOf(rule[1])];
        const column = indexOf(heading ? heading.dataset.column : rule[1]);
        if (column >= 0)
          return (row) => typeof row.values[column] === "number" && tests[rule[2]](row.values[column], Number(rule[3]));
      }
      const words = text.split(/\\s+/).filter(Boolean);
      return (row) => words.every((word) => row.words.includes(word));
    };
    const filter = () => {
      const chosen = new Set(phases.filter(isPressed).map((button) => button.dataset.phase));
      const fits = wanted(search.value.toLowerCase());
      let shown = 0;
      for (const found of rows()) {
        const { row } = found;
        const inPhase = chosen.size === 0 || chosen.has(row.dataset.phase);
        row.hidden = !(inPhase && (!isPressed(look) || row.dataset.look !== undefined) && fits(found));
        for (const other of byLayer().get(row.dataset.layer)) {
          if (other.classList.contains("cell")) other.classList.toggle("dim", row.hidden);
          if (other.classList.contains("sheet")) other.hidden = row.hidden;
        }
        if (!row.hidden) shown++;
      }
      const { length } = rows();
      count.textContent = shown + " of " + length + (length === 1 ? " layer shown" : " layers shown");
    };
    search.addEventListener("input", filter);
    for (const button of look ? [...phases, look] : phases) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(!isPressed(button)));
        filter();
      });
    }
  }

  document.addEventListener("pointerover", ({ target }) => {
    mark(target.closest?.("[data-layer]")?.dataset.layer);
    const term = target.closest?.("dt[data-c]");
    if (!term || term.title) return;
    const definition = document.getElementById("c-" + term.dataset.c);
    if (definition) term.title = definition.textContent;
  });
})();
`;

/** SHA-256 of the script in base64, for the page's content security policy. A test compares it with the script. */
export const PAGE_SCRIPT_SHA256 = "jUdbS+8vkdfOeAA3naCClhuofeNQwNpqEmE5PBpHYEA=";
