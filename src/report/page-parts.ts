/** What pages are made of, for the rooms after this one: escaped markup, the shell around it, phases, and charts. */
export { linearTickText, logTicks, logTickText } from "./charts/axis.js";
export { type ChartOptions, linearSpectrumChart, logSpectrumChart } from "./charts/spectrum-chart.js";
export { svgText } from "./charts/svg-text.js";
export { html, type Markup, trusted } from "./html/markup.js";
export { phaseName } from "./html/phase-mark.js";
export { pageShell } from "./html/shell.js";
export { PHASE_LABELS, type PhaseLabel, STYLE } from "./phase-style.js";
export { type LayerPicture, layerPicture } from "./picture.js";
