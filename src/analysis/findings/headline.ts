import { surelyBelow } from "../alpha-interval.js";
import type { LayerRecord } from "../report.js";
import { OVER_TRAINED_BELOW } from "../verdict.js";
import { plural, someNames } from "../words.js";
import type { Finding, ModelVerdict } from "./finding.js";

export interface Headline {
  readonly verdict: ModelVerdict;
  /** The verdict, then how many layers look trained and which do not: two or three sentences. */
  readonly headline: string;
}

/** Classes of layers, each layer in exactly one, in the order in which the sentence lists them. */
const CLASSES = ["trained", "random-like", "lost rank", "very heavy", "undecided", "failed"] as const;
type LayerClass = (typeof CLASSES)[number];

/**
 * The headline of a model. The first that holds: a layer has weights that are not finite ("cannot-work"); more than
 * half of the layers with a phase are random-like ("looks-random"); a layer is worth a look (a finding of severity
 * "warning"); else "no-look-needed". "nothing-known" if no layer has a phase.
 */
export function headlineOf(layers: readonly LayerRecord[], findings: readonly Finding[]): Headline {
  const classes = new Map<LayerClass, string[]>(CLASSES.map((name) => [name, []]));
  for (const layer of layers) classes.get(classOf(layer))?.push(layer.name);
  const notFinite = findings.filter(({ kind }) => kind === "not-finite");
  const worthALook = [...new Set(findings.filter(({ severity }) => severity === "warning").map(({ layer }) => layer))];
  const named = (name: LayerClass): readonly string[] => classes.get(name) as string[];
  const decided = layers.length - named("undecided").length - named("failed").length;

  if (notFinite.length > 0) {
    const names = someNames(notFinite.map(({ name }) => name));
    const which = plural(notFinite.length, "layer has", "layers have");
    return { verdict: "cannot-work", headline: `The model cannot work: ${which} NaN or infinite weights: ${names}.` };
  }
  const unsure = layers.filter(
    (layer) => classOf(layer) === "trained" && layer.alpha_valid && (layer.alpha ?? 9) < OVER_TRAINED_BELOW,
  );
  const classText = classSentence(layers.length, named, unsure.length);
  if (decided === 0) {
    const look = worthALook.length > 0 ? lookText(worthALook.length) : "No layer has a phase.";
    const verdict = worthALook.length > 0 ? "worth-a-look" : "nothing-known";
    return { verdict, headline: `${look} ${classText}`.trim() };
  }
  if (named("random-like").length > decided / 2)
    return { verdict: "looks-random", headline: `The weights look random, as if hardly trained. ${classText}` };
  return worthALook.length > 0
    ? { verdict: "worth-a-look", headline: `${lookText(worthALook.length)} ${classText}` }
    : { verdict: "no-look-needed", headline: `No layer needs a look. ${classText}` };
}

function lookText(count: number): string {
  return `${plural(count, "layer is", "layers are")} worth a look.`;
}

function classOf(layer: LayerRecord): LayerClass {
  if (layer.lambda_max === null) return "failed";
  if (layer.phase === null || layer.phase === "undecided") return "undecided";
  if (layer.phase === "rank-collapse") return "lost rank";
  if (layer.phase === "random-like") return "random-like";
  return surelyBelow(layer, OVER_TRAINED_BELOW) ? "very heavy" : "trained";
}

/** "54 of 60 layers look trained; 3 are random-like: a, b, c; 1 lost rank: d." */
function classSentence(count: number, named: (name: LayerClass) => readonly string[], unsure: number): string {
  if (count === 0) return "";
  const trained = named("trained").length;
  const first =
    count === 1
      ? `The only layer ${trained === 1 ? "looks" : "does not look"} trained`
      : `${trained} of ${count} layers ${trained === 1 ? "looks" : "look"} trained`;
  const part = (name: LayerClass, one: string, many: string): string[] => {
    const names = named(name);
    return names.length === 0 ? [] : [`${plural(names.length, one, many)}: ${someNames(names)}`];
  };
  const below = `alpha below ${OVER_TRAINED_BELOW}, though not surely`;
  const maybe = unsure === 0 ? "" : count === 1 ? ` (${below})` : ` (${unsure} with ${below})`;
  const parts = [
    first + maybe,
    ...part("random-like", "is random-like", "are random-like"),
    ...part("lost rank", "lost rank", "lost rank"),
    ...part("very heavy", `has alpha below ${OVER_TRAINED_BELOW}`, `have alpha below ${OVER_TRAINED_BELOW}`),
    ...part("undecided", "is undecided", "are undecided"),
    ...part("failed", "failed", "failed"),
  ];
  return `${parts.join("; ")}.`;
}
