/** What pages are made of: components without state, shared by the report and the application. */
export { cellText, FIRST_COLUMNS, sortValue, TABLE_COLUMNS, type TableColumn } from "./layer-columns.js";
export { LayerRow } from "./layer-row.js";
export { LayerPhase, PhaseMark, PhaseName, sureText } from "./phase-mark.js";
export { AttentionList, Headline, LIMITS, PhaseCounts, Section, worthALook } from "./sections.js";
export { SmallSpectrum } from "./small-spectrum.js";
export { AllSpectra, BlockRow, type Block, blocksOf, commonDomain, SpectrumCell } from "./spectra.js";
export { VIEW_STYLE } from "./style.js";
export { reportLayers, type ViewLayer, viewLayers } from "./view-layer.js";
