import type { LayerRecord } from "../analysis/report.js";
import { FIRST_COLUMNS, MAIN_NUMBERS, MAIN_WORDS, TABLE_COLUMNS } from "./view/layer-columns.js";

/** The headings of the page's table of layers and the fields they show. */
export const PAGE_HEADINGS: readonly { readonly heading: string; readonly field: keyof LayerRecord }[] =
  FIRST_COLUMNS.flatMap((field) => {
    const column = TABLE_COLUMNS.find(({ name }) => name === field);
    return column === undefined ? [] : [{ heading: column.title, field }];
  });

/** The means at the top of the page and the fields they average. */
export const MEAN_HEADINGS: readonly { readonly heading: string; readonly field: keyof LayerRecord }[] = [
  { heading: "mean alpha", field: "alpha" },
  { heading: "mean soft rank", field: "mp_soft_rank" },
  { heading: "mean stable rank", field: "stable_rank" },
];

/** The numbers that the page lists first of a layer. */
export const NUMBER_HEADINGS: readonly { readonly heading: string; readonly field: keyof LayerRecord }[] =
  MAIN_NUMBERS.map(([field]) => ({ heading: MAIN_WORDS[field] ?? field, field }));
