/** What pages are made of, for the rooms after this one: escaped markup, the shell around it, phases, and charts. */
export { bottomAxis, type Frame, leftAxis } from "./charts/axis.js";
export { linesChart } from "./charts/lines-chart.js";
export { phaseMark } from "./charts/mark.js";
export { at, linearScale, logScale } from "./charts/scale.js";
export type { DensityAxes } from "./charts/spectrum/density-data.js";
export { pictureChart } from "./charts/spectrum/spectrum-chart.js";
export { element, escaped, linePath, type Pixel, picture, segment } from "./charts/svg.js";
export { html, type Markup, trusted } from "./page/markup.js";
export { phaseName } from "./page/phase-name.js";
export { pageShell } from "./page/shell.js";
export { PHASE_LABELS, type PhaseLabel, STYLE } from "./phase-style.js";
export { type LayerPicture, layerPicture } from "./picture.js";
