/**
 * The page's script: theme, sorting, filtering, and tooltips with the definitions of columns. The page can be read
 * without it. It adds text to the page only through `textContent` and `title`.
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

  const table = document.getElementById("layer-table");
  if (table) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const sections = new Map(all("section.layer").map((section) => [section.id, section]));
    const headings = all("thead th", table);

    const compare = (column, numeric, sign) => (a, b) => {
      const [x, y] = [a.cells[column].dataset.v, b.cells[column].dataset.v];
      if (x === "" || y === "") return (x === "") - (y === "");
      return sign * (numeric ? x - y : x.localeCompare(y, "en", { numeric: true }));
    };
    headings.forEach((heading, column) => {
      const button = heading.querySelector("button");
      button?.addEventListener("click", () => {
        const numeric = heading.dataset.kind === "number";
        const current = heading.getAttribute("aria-sort");
        const order = current === null ? heading.dataset.first : current === "ascending" ? "descending" : "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", order);
        rows.sort(compare(column, numeric, order === "ascending" ? 1 : -1));
        body.append(...rows);
      });
    });

    const search = document.getElementById("filter-name");
    const count = document.getElementById("filter-count");
    const phases = all("button[data-phase]");
    const filter = () => {
      const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
      const pressed = phases.filter((button) => button.getAttribute("aria-pressed") === "true");
      const chosen = new Set(pressed.map((button) => button.dataset.phase));
      let shown = 0;
      for (const row of rows) {
        const name = row.dataset.name.toLowerCase();
        row.hidden = !(chosen.has(row.dataset.phase) && words.every((word) => name.includes(word)));
        const section = sections.get(row.dataset.section);
        if (section) section.hidden = row.hidden;
        if (!row.hidden) shown++;
      }
      count.textContent = shown + " of " + rows.length + (rows.length === 1 ? " layer shown" : " layers shown");
    };
    search.addEventListener("input", filter);
    for (const button of phases) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        filter();
      });
    }
    filter();
  }

  document.addEventListener("pointerover", ({ target }) => {
    const term = target.closest?.("dt[data-c]");
    if (!term || term.title) return;
    const definition = document.getElementById("c-" + term.dataset.c);
    if (definition) term.title = definition.textContent;
  });
})();
`;

/** SHA-256 of the script in base64, for the page's content security policy. A test compares it with the script. */
export const PAGE_SCRIPT_SHA256 = "IOGtYFdjHbvEmNZ+I9Zmj4pd/btmcaEEXot4hAGRH+8=";
