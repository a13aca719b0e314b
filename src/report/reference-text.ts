import type { Percentile, Reference } from "../analysis/atlas/reference-values.js";
import { countText, numberText, plural } from "./number-text.js";

/** The columns of the atlas as sentences call them; those that the text shows. */
const SHOWN: Readonly<Partial<Record<Percentile["column"], string>>> = { alpha: "alpha", tail_index: "tail index" };

/**
 * One sentence a family and column: the median over the report's layers, and its place among the atlas's. Nothing for
 * families of which the atlas has too few layers.
 */
export function referenceLines({ families }: Reference): string[] {
  return families.flatMap((place) => {
    const name = SHOWN[place.column];
    if (name === undefined) return [];
    const own = place.layers === 1 ? "of 1 layer" : `median of ${countText(place.layers)} layers`;
    return [`${name} ${numberText(place.median)}, ${own}: ${percentileText(place)}.`];
  });
}

/** The places of one layer that the text shows, in one sentence; "" for none. */
export function placesText(places: readonly Percentile[]): string {
  const shown = places.filter(({ column }) => SHOWN[column] !== undefined);
  return shown.map((place) => `${SHOWN[place.column]}: ${percentileText(place)}`).join("; ");
}

/** "41st percentile of 118 attention layers in 3 networks". */
export function percentileText({ percentile, group, n, networks }: Omit<Percentile, "layer" | "column">): string {
  const among = `${countText(n)} ${group} in ${plural(networks, "network")}`;
  const whole = Math.round(percentile);
  if (whole <= 0) return `below nearly all of ${among}`;
  if (whole >= 100) return `above nearly all of ${among}`;
  return `${ordinal(whole)} percentile of ${among}`;
}

function ordinal(count: number): string {
  const teens = count % 100 >= 11 && count % 100 <= 13;
  const ending = teens ? "th" : (["th", "st", "nd", "rd"][count % 10] ?? "th");
  return `${count}${ending}`;
}
