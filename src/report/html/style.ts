import { DARK_PALETTE, LIGHT_PALETTE, paletteCss } from "../phase-palette.js";
import { SPECTRUM_SIZE } from "./layer-charts.js";

/** One switch changes page and charts between light and dark: their colours are variables. */
const LIGHT = paletteCss(LIGHT_PALETTE);
const DARK = paletteCss(DARK_PALETTE);

/** The page's style. */
export const PAGE_STYLE = `
:root { color-scheme: light; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark; ${DARK} } }
:root[data-theme="dark"] { color-scheme: dark; ${DARK} }
*, *::before, *::after { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, header.top, footer { max-width: 1200px; margin: 0 auto; padding: 0 20px; }
header.top { padding-top: 28px; display: flex; gap: 16px; align-items: flex-start; justify-content: space-between; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 44px 0 12px; }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 6px 0; max-width: 80ch; overflow-wrap: anywhere; }
a { color: var(--accent); }
ul { margin: 6px 0; padding-left: 20px; }
li { overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.small { font-size: .875rem; }
button, input { font: inherit; color: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 12px; top: 8px; background: var(--paper); padding: 6px 10px; z-index: 3; }
.control { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 5px 12px;
  cursor: pointer; white-space: nowrap; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 12px; margin: 20px 0 8px; }
.tiles > div { background: var(--panel); border-radius: 8px; padding: 10px 12px; }
.tiles dt { color: var(--quiet); font-size: .875rem; }
.tiles dd { margin: 0; font-size: 1.45rem; font-variant-numeric: tabular-nums; line-height: 1.25; }
.tiles dd small { display: block; font-size: .8rem; color: var(--quiet); }
.bar { display: flex; gap: 2px; height: 20px; margin: 14px 0 8px; }
.bar span { min-width: 4px; }
.bar span:first-child { border-radius: 5px 0 0 5px; }
.bar span:last-child { border-radius: 0 5px 5px 0; }
.key { list-style: none; padding: 0; margin: 6px 0; display: flex; flex-wrap: wrap; gap: 4px 20px; }
.mark { display: inline-block; width: 14px; height: 14px; vertical-align: -2px; margin-right: 5px; flex: none; }
.phase { white-space: nowrap; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
.filters { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin: 10px 0; }
.filters input { background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: 5px 10px; width: min(320px, 100%); }
.filters .control[aria-pressed="false"] { opacity: .5; text-decoration: line-through; }
[hidden] { display: none !important; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 8px 12px; color: var(--quiet); font-size: .875rem; }
th, td { padding: 5px 9px; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; }
thead th { background: var(--panel); border-top: 0; padding: 0; vertical-align: bottom; }
thead button { background: none; border: 0; font-weight: 600; cursor: pointer; padding: 8px 9px; width: 100%;
  text-align: inherit; white-space: normal; line-height: 1.25; }
thead button::after { content: "\\2195"; opacity: .35; margin-left: 4px; }
th[aria-sort="ascending"] button::after { content: "\\2191"; opacity: 1; }
th[aria-sort="descending"] button::after { content: "\\2193"; opacity: 1; }
.left { text-align: left; }
thead .cell { display: block; padding: 8px 10px; }
td.reason { white-space: normal; min-width: 220px; }
tbody th { font-weight: 500; text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 170px;
  max-width: 380px; }
tbody tr:hover { background: var(--panel); }
.na { color: var(--quiet); }
.wide { overflow-x: auto; }
.wide .chart { min-width: 860px; }
.chart { display: block; width: 100%; height: auto; font-variant-numeric: tabular-nums; }
.path .chart { max-width: 640px; }
.layer { border-top: 1px solid var(--line); padding: 22px 0 26px; scroll-margin-top: 8px; }
.layer:target h3 { text-decoration: underline; text-decoration-color: var(--accent); text-underline-offset: 4px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr));
  gap: 12px 28px; margin: 14px 0 4px; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .875rem; color: var(--quiet); }
/* A chart out of view is not rendered. Its box has its shape already: with an estimated height, a jump to a layer would
   miss it. */
.plot { aspect-ratio: ${SPECTRUM_SIZE.width} / ${SPECTRUM_SIZE.height}; max-width: 560px; content-visibility: auto; }
.charts .chart { max-width: 560px; }
.swatch { display: inline-block; width: 22px; height: 0; border-top: 2px solid; vertical-align: 4px;
  margin-right: 6px; }
.numbers { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 2px 28px;
  margin: 8px 0; font-size: .875rem; }
.numbers > div { display: flex; justify-content: space-between; gap: 10px; border-bottom: 1px dotted var(--line); }
.numbers dt { color: var(--quiet); overflow-wrap: anywhere; }
.numbers dd { margin: 0; font-variant-numeric: tabular-nums; text-align: right; overflow-wrap: anywhere; }
.glossary dt { font-weight: 600; margin-top: 8px; }
.glossary dd { margin: 0; max-width: 80ch; }
sup { line-height: 0; }
details { margin: 8px 0; }
summary { cursor: pointer; }
footer { padding: 32px 20px 48px; color: var(--quiet); font-size: .875rem; }
@media (max-width: 560px) {
  main, header.top, footer { padding-left: 14px; padding-right: 14px; }
  header.top { padding-top: 16px; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  .tiles dd { font-size: 1.2rem; }
  tbody th { min-width: 120px; max-width: 160px; position: sticky; left: 0; background: var(--paper); }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root, :root[data-theme="dark"], :root:not([data-theme="light"]) { color-scheme: light; ${LIGHT} }
  .control, .filters, .skip { display: none; }
  .layer { break-inside: avoid; }
  .plot { content-visibility: visible; }
  .scroll, .wide { overflow: visible; border: 0; }
  table { font-size: .7rem; }
  tbody th { min-width: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
