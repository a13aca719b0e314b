/** What pages are made of: components without state and charts, shared by the report and the application. */
export { ORDER_WORDS } from "../../layers/index.js";
export type { Chart, Series, SeriesPoint } from "../charts/chart.js";
export { decisionChart } from "../charts/decision-chart.js";
export { depthChart } from "../charts/depth-chart.js";
export { DEPTH_QUANTITIES, type DepthLayer, type DepthQuantityName } from "../charts/depth-quantities.js";
export { dumbbellChart } from "../charts/dumbbell-chart.js";
export { heatMap, MAX_SVG_LAYERS } from "../charts/heat-map.js";
export type { HeatReading } from "../charts/heat-map-cells.js";
export { type ChartLine, linesChart } from "../charts/lines-chart.js";
export { at, invert } from "../charts/scale.js";
export { commonDecades, type DecadesFromMedian } from "../charts/small-spectrum.js";
export { countFrom, nearestStart } from "../charts/spectrum/chosen-tail.js";
export { type SpectrumAxes, type SpectrumOptions, spectrumChart } from "../charts/spectrum/spectrum-chart.js";
export { standaloneSvg } from "../charts/standalone-svg.js";
export { xminChart } from "../charts/xmin-chart.js";
export { bytesText, countText, numberText, plural, shapeText } from "../number-text.js";
export { countByPhaseLabel, PHASE_LABELS, type PhaseLabel, phaseLabelOf, STYLE } from "../phase-style.js";
export {
  ChangedList,
  ComparisonHeadline,
  comparedLayers,
  mostChanged,
  PairLine,
  PairNumbers,
  type PairPictures,
  PairSpectrum,
  PairTable,
  PhaseTransitions,
  type ViewPair,
  viewPairs,
} from "./comparison.js";
export { Drawing } from "./drawing.js";
export { Groups } from "./groups.js";
export { KeyNumbers } from "./key-numbers.js";
export { cellText, FIRST_COLUMNS, sortValue, TABLE_COLUMNS, type TableColumn } from "./layer-columns.js";
export { shortNames } from "./layer-names.js";
export { AllNumbers, alternativesOf, LayerHead, MainNumbers, neighboursOf, siblingsOf } from "./layer-parts.js";
export { LayerRow } from "./layer-row.js";
export { LayerPhase, PhaseMark, PhaseName } from "./phase-mark.js";
export { AlphaAgainstScore, alphaAgainstScore, RankCorrelations, RankingHeadline, RankingTable } from "./ranking.js";
export { AttentionList, Headline, LIMITS, PhaseCounts, Section, worthALook } from "./sections.js";
export { SmallSpectrum } from "./small-spectrum.js";
export { AllSpectra, type Block, BlockRow, blocksOf, SpectrumCell } from "./spectra.js";
export { VIEW_STYLE } from "./style.js";
export { reportLayers, type ViewLayer, viewLayers } from "./view-layer.js";
