import { GROUP_MEANINGS, GROUPS } from "../rank/index.js";
import { COMPARISON_COLUMNS } from "./columns/comparison.js";
import { type Column, EVIDENCE_COLUMNS, LAYER_COLUMNS, OPTIONAL_COLUMNS } from "./columns.js";
import { COMPARISON_HEADINGS } from "./comparison.js";
import { DESCRIPTION_HEADINGS } from "./description.js";
import { MEAN_HEADINGS, NUMBER_HEADINGS, PAGE_HEADINGS } from "./page-headings.js";
import { STYLE } from "./phase-style.js";
import { RANKING_HEADINGS } from "./ranking-table.js";
import { TABLE_HEADINGS } from "./table-columns.js";

/** A word in a report that is not the name of a column. */
export interface Term {
  readonly word: string;
  /** Its meaning in one or two sentences. */
  readonly meaning: string;
  /** Where the reports show it. */
  readonly where: string;
  /** The column that the word stands for, or whose value it is. `explain` adds its definition. */
  readonly column?: string;
}

interface Heading {
  readonly heading: string;
  readonly field: string;
}

/** Headings that differ from the names of their columns. */
function headings(list: readonly Heading[], where: string): Term[] {
  return list
    .filter(({ heading, field }) => heading !== field)
    .map(({ heading, field }) => ({ word: heading, meaning: `The heading of ${field}.`, where, column: field }));
}

/** The words that a column holds. */
function wordsOf({ name, words = {} }: Column): Term[] {
  return Object.entries(words).map(([word, meaning]) => ({ word, meaning, where: `a value of ${name}`, column: name }));
}

/** Headings of the summary below the table, and words of its sentences. */
const SUMMARY_WORDS: readonly Term[] = [
  ["answer", "Whether a layer needs a look, and how many layers look trained: read off the weights alone."],
  ["look at", "The layers that are worth a look, worst first: what was found, how sure that is, and what it may mean."],
  ["layers", "How many layers were analysed and how many failed, and their eigenvalues together."],
  ["Layers analysed", "How many layers have a spectrum; on the page."],
  ["Tensors skipped", "How many tensors were not analysed; on the page."],
  ["phases", "How many layers are in each phase."],
  [
    "means",
    "Means over layers: alpha and what is computed from it over layers with a valid alpha, the rest over all " +
      "analysed layers.",
  ],
  ["findings", "What stands out in the model, one sentence a kind, most important first."],
  [
    "reference",
    "Where the layers lie among those of known networks: a percentile says how many of them have a smaller value, " +
      "not how good it is.",
  ],
  ["undecided", STYLE.undecided.meaning],
  ["failed", STYLE.failed.meaning],
  ["skipped", "Tensors that were not analysed, by kind. describe lists each with its reason."],
  ["added", "Columns that an option added. They are in --json, --csv and --html; the table has no room for them."],
  ["scale", "How to read the numbers: which matrix the eigenvalues belong to, and the base of the logarithms."],
  ["n/a", "Not available: the number cannot be computed or means nothing for this layer. The row says why."],
  ["over", "Short for over-trained, WeightWatcher's label for alpha below 2, whether or not alpha is valid: warning."],
  [
    "under",
    "Short for under-trained, WeightWatcher's label for alpha above 6, whether or not alpha is valid: warning.",
  ],
  ["unchanged", "The layer is the same in both models, to the last bit."],
  ["layer", "A weight matrix, or a stack of matrices with one spectrum. The heading of name."],
  ["#", "Position of the layer in the file, from 0: layer_id."],
].map(([word, meaning]) => ({ word, meaning, where: "table and summary" }));

/** Headings and words of a ranking. */
const RANKING_WORDS: readonly Term[] = [
  ["random", "How many layers look random: their phase is random-like."],
  ["lost", "How many layers lost rank: their phase is rank-collapse."],
  ["score", "What --scores gives: any number that says how good a model is."],
  [
    "spearman",
    "Spearman's rank correlation: 1 where a column orders the models as the score does, -1 where it reverses " +
      "the order.",
  ],
  ["kendall", "Kendall's tau-b: the pairs of models that two orders agree on, less those they do not, as a share."],
  ["p_any", "The p of a column, corrected for all columns that were tried: its place among the best of random orders."],
  ["loses", "What cutting an adapter to the rank costs: ||dW - dW_k||/||dW||. A heading of advise."],
  ...GROUPS.map((group): [string, string] => [group, `A group of models. ${GROUP_MEANINGS[group]}.`]),
].map(([word, meaning]) => ({ word, meaning, where: "the table of rank" }));

/** Words of the theory that sentences and legends use. */
const THEORY_WORDS: readonly Term[] = [
  ["eigenvalue", "An eigenvalue of W'W: the square of a singular value of W, not divided by N."],
  ["spectrum", "All eigenvalues of a layer. The charts show their density."],
  ["bulk", "The eigenvalues that follow the Marchenko-Pastur law, as those of random weights do."],
  ["bulk edge", "The upper end of the bulk, lambda_plus."],
  [
    "spike",
    "An eigenvalue beyond the edge of the bulk, by the Tracy-Widom law at the 1 % level: structure that " +
      "training added.",
  ],
  ["tail", "The eigenvalues from xmin up, to which the power law is fitted."],
  ["power law", "A density proportional to lambda^-alpha. Where one describes the tail, alpha is valid."],
  ["Marchenko-Pastur", "The law of the eigenvalues of W'W for independent random weights [MP67]."],
  ["Tracy-Widom", "The law of the largest eigenvalue of a random matrix, near the edge of its bulk [TW96]."],
  [
    "misfit",
    "Distance of the bulk from its Marchenko-Pastur law, in units of the median for random matrices of this " +
      "size: bulk_misfit.",
  ],
  ["verdict", "The result of phase, alpha and correlation traps in one word."],
  ["evidence", "The measured numbers that decided the phase: phase_evidence."],
].map(([word, meaning]) => ({ word, meaning, where: "sentences, charts and legends" }));

/** Every word in a report that is not the name of a column. A word with several meanings is listed several times. */
export const GLOSSARY: readonly Term[] = [
  ...headings(TABLE_HEADINGS, "the table of analyze"),
  ...headings(COMPARISON_HEADINGS, "the table of compare"),
  ...headings(DESCRIPTION_HEADINGS, "the table of describe"),
  ...headings(RANKING_HEADINGS, "the table of rank, over the layers of a model"),
  ...headings(PAGE_HEADINGS, "the table of the page"),
  ...headings(NUMBER_HEADINGS, "the numbers of a layer on the page"),
  ...headings(MEAN_HEADINGS, "the top of the page, as a mean over layers"),
  ...[...LAYER_COLUMNS, ...EVIDENCE_COLUMNS, ...OPTIONAL_COLUMNS, ...COMPARISON_COLUMNS].flatMap(wordsOf),
  ...SUMMARY_WORDS,
  ...RANKING_WORDS,
  ...THEORY_WORDS,
];

/** Normalises a word for look-up: "Soft rank", "soft_rank" and "soft-rank" become equal. */
export function normalisedWord(word: string): string {
  return word
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, " ");
}

/** The meanings of a word. Empty if no report shows it. A meaning in two places is given once. */
export function termsOf(word: string): readonly Term[] {
  const found = GLOSSARY.filter((term) => normalisedWord(term.word) === normalisedWord(word));
  return found.filter(
    (term, k) => found.findIndex(({ column, meaning }) => column === term.column && meaning === term.meaning) === k,
  );
}
