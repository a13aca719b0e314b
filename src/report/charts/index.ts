/** The charts: pure functions from plain data to SVG text. */
export { type AlphaGlyph, alphaGlyph } from "./alpha-glyph.js";
export type { Chart, Series, SeriesPoint } from "./chart.js";
export { type DecidedPhase, type DecisionChartOptions, decisionChart, distanceOf, gauge } from "./decision-chart.js";
export { type DepthChartOptions, depthChart } from "./depth-chart.js";
export { DEPTH_QUANTITIES, type DepthLayer, type DepthQuantityName, depthLayersOf } from "./depth-quantities.js";
export { blockRuns, phaseStrip } from "./depth-strip.js";
export { type ComparedLayer, type DumbbellOptions, dumbbellChart, isTelling } from "./dumbbell-chart.js";
export {
  type HeatAlarm,
  type HeatMapOptions,
  heatLayout,
  heatMap,
  MAX_SVG_LAYERS,
  MAX_SVG_READINGS,
} from "./heat-map.js";
export {
  confidenceOpacity,
  type HeatCell,
  type HeatChange,
  type HeatLayout,
  type HeatReading,
  type HeatRect,
  heatChanges,
  heatRects,
  mergeReadings,
} from "./heat-map-cells.js";
export { type ChartLine, type LinePoint, type LinesChartOptions, linesChart } from "./lines-chart.js";
export { type MarkOptions, pendingMark, phaseMark } from "./mark.js";
export { phaseMatrix } from "./phase-matrix.js";
export { rankScatter, type ScatterModel, type ScatterOptions } from "./rank-scatter.js";
export { at, type Interval, invert, isInside, linearScale, logScale, type Scale, ticks } from "./scale.js";
export {
  commonDecades,
  type DecadesFromMedian,
  pendingSpectrum,
  type SmallSpectrumOptions,
  type SpectrumPair,
  smallSpectrum,
  smallSpectrumPair,
} from "./small-spectrum.js";
export { pictureChart, type SpectrumAxes, type SpectrumOptions, spectrumChart } from "./spectrum/spectrum-chart.js";
export { standaloneSvg } from "./standalone-svg.js";
export { type PhaseChange, stripPair } from "./strip-pair.js";
export { type XminChartOptions, xminChart } from "./xmin-chart.js";
