export { type Column, definitionOf, EVIDENCE_COLUMNS, LAYER_COLUMNS } from "./columns.js";
export { renderCsv } from "./csv.js";
export { renderDescription } from "./description.js";
export { renderHtml } from "./html.js";
export { renderJson } from "./json.js";
export { type LayerPicture, layerPicture } from "./picture.js";
export { renderSummary } from "./summary.js";
export { renderTable, type TerminalLook } from "./table.js";
