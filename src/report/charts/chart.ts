import type { Scale } from "./scale.js";

/** A value of a chart as the pointer and the keyboard read it. */
export interface SeriesPoint {
  /** In the numbers of the axes. */
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

export interface Series {
  readonly name: string;
  readonly points: readonly SeriesPoint[];
}

/** A drawn chart: its SVG, where its axes lie, and what can be read off it. */
export interface Chart {
  readonly svg: string;
  readonly scales: { readonly x: Scale; readonly y: Scale };
  readonly series: readonly Series[];
}
