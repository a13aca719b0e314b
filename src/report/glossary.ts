import { type Column, EVIDENCE_COLUMNS, LAYER_COLUMNS, OPTIONAL_COLUMNS } from "./columns.js";
import { COMPARISON_HEADINGS } from "./comparison.js";
import { DESCRIPTION_HEADINGS } from "./description.js";
import { TILE_HEADINGS } from "./html/head.js";
import { PAGE_HEADINGS } from "./html/layer-table.js";
import { STYLE } from "./phase-style.js";
import { TABLE_HEADINGS } from "./table.js";

/** A word that a report shows and that is no column's name. */
export interface Term {
  readonly word: string;
  /** What it means, a sentence or two. */
  readonly meaning: string;
  /** Where it is shown. */
  readonly where: string;
  /** The column that it stands for, or that holds it; its definition follows. */
  readonly column?: string;
}

interface Heading {
  readonly heading: string;
  readonly field: string;
}

/** A heading that is shorter than its column's name leads to the column. */
function headings(list: readonly Heading[], where: string): Term[] {
  return list
    .filter(({ heading, field }) => heading !== field)
    .map(({ heading, field }) => ({ word: heading, meaning: `The heading of ${field}.`, where, column: field }));
}

/** The words that a column holds. */
function wordsOf({ name, words = {} }: Column): Term[] {
  return Object.entries(words).map(([word, meaning]) => ({ word, meaning, where: `a value of ${name}`, column: name }));
}

/** Headings of the summary under the table, and words of its sentences. */
const SUMMARY_WORDS: readonly Term[] = [
  ["layers", "How many layers were analysed and how many failed, and their eigenvalues together."],
  ["Layers analysed", "How many layers have a spectrum; the page's word for the first number of layers."],
  ["Tensors left out", "How many tensors were not analysed; the page's word for left out."],
  ["phases", "How many layers are in each phase."],
  ["means", "Means over layers: alpha and what is built on it over those whose alpha is valid, the rest over all analysed layers."],
  ["stands out", "What a reader should look at first, most important first."],
  ["undecided", STYLE.undecided.meaning],
  ["failed", STYLE.failed.meaning],
  ["left out", "Tensors that were not analysed: biases, norms, integers, excluded layers. describe lists each with its reason."],
  ["added", "Columns that an option added. The table has no room for them: they are in --json, --csv and --html."],
  ["scale", "How to read the numbers: which matrix the eigenvalues belong to, and the base of the logarithms."],
  ["n/a", "Not available: the number cannot be computed, or means nothing for this layer; the row says why."],
  ["unchanged", "The layer is the same in both models, to the last bit."],
  ["layer", "A weight matrix, or a stack of matrices with one spectrum. Its heading is that of name."],
  ["#", "Position of the layer in the file, from 0: layer_id."],
].map(([word, meaning]) => ({ word, meaning, where: "table and summary" }));

/** Words of the theory that sentences and legends use. */
const THEORY_WORDS: readonly Term[] = [
  ["eigenvalue", "One of W'W, which is the square of a singular value of W. It is not divided by N."],
  ["spectrum", "All eigenvalues of a layer; their density is what the charts show."],
  ["bulk", "The eigenvalues that follow the Marchenko-Pastur law, as those of random weights do."],
  ["bulk edge", "The upper end of the bulk, lambda_plus."],
  ["spike", "An eigenvalue beyond the edge of the bulk, by the Tracy-Widom law at the 1 % level: structure that training has put there."],
  ["tail", "The eigenvalues from xmin up, to which the power law is fitted."],
  ["power law", "A density proportional to lambda^-alpha. Where one describes the tail, alpha is valid."],
  ["Marchenko-Pastur", "The law of the eigenvalues of W'W for independent random weights [MP67]."],
  ["Tracy-Widom", "The law of the largest eigenvalue of a random matrix, near the edge of its bulk [TW96]."],
  ["misfit", "How far the bulk lies from its Marchenko-Pastur law, in units of what a random matrix of the size shows: bulk_misfit."],
  ["verdict", "The phase, alpha and correlation traps in one word."],
  ["evidence", "The measured numbers that the phase was decided by: phase_evidence."],
].map(([word, meaning]) => ({ word, meaning, where: "sentences, charts and legends" }));

/** Every word that a report shows and that is no column's name. A word with several meanings is there several times. */
export const GLOSSARY: readonly Term[] = [
  ...headings(TABLE_HEADINGS, "the table of analyze"),
  ...headings(COMPARISON_HEADINGS, "the table of compare"),
  ...headings(DESCRIPTION_HEADINGS, "the table of describe"),
  ...headings(PAGE_HEADINGS, "the table of the page"),
  ...headings(TILE_HEADINGS, "the top of the page, as a mean over layers"),
  ...[...LAYER_COLUMNS, ...EVIDENCE_COLUMNS, ...OPTIONAL_COLUMNS].flatMap(wordsOf),
  ...SUMMARY_WORDS,
  ...THEORY_WORDS,
];

/** A word as it is looked up: "Soft rank", "soft_rank" and "soft-rank" are one. */
export function lookedUp(word: string): string {
  return word
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, " ");
}

/** The meanings of a word; none where no report shows it. The same meaning in two places is given once. */
export function termsOf(word: string): readonly Term[] {
  const found = GLOSSARY.filter((term) => lookedUp(term.word) === lookedUp(word));
  return found.filter((term, k) => found.findIndex(({ column, meaning }) => column === term.column && meaning === term.meaning) === k);
}
