import { finish, type Steps } from "../../bytes/pace.js";
import type { LayerRecord } from "../report.js";
import { type OutOfLine, outOfLineInSteps } from "../siblings.js";
import { someNames } from "../words.js";
import { FINDING_KINDS, type Finding, SEVERITIES } from "./finding.js";
import { FINDING_RULES, type FindingRule } from "./finding-rules.js";
import { siblingSentences } from "./sentences.js";

/** Findings are sorted and copied in some 100 ns each. */
const LAYERS_PER_PAUSE = 1024;

/** What stands out in a model: as data, and in sentences. */
export interface StandsOut {
  /** Worst first: by severity, then by kind, then the surest first, then in the layers' order. */
  readonly findings: readonly Finding[];
  /** One sentence a kind, most important first. Each names at most three layers, in their order. */
  readonly sentences: readonly string[];
}

/** The findings alone. */
export function findingsOf(layers: readonly LayerRecord[]): readonly Finding[] {
  return finish(standsOutInSteps(layers)).findings;
}

/** Asks every rule of every layer, once, with pauses. */
export function* standsOutInSteps(layers: readonly LayerRecord[]): Steps<StandsOut> {
  const findings: Finding[] = [];
  const sentences: string[] = [];
  for (const rule of FINDING_RULES) {
    const matching: LayerRecord[] = [];
    for (const [i, layer] of layers.entries()) {
      if (rule.matches(layer)) matching.push(layer);
      if ((i + 1) % LAYERS_PER_PAUSE === 0) yield;
    }
    for (const layer of matching) findings.push(findingOf(layer, rule));
    if (matching.length > 0)
      sentences.push(rule.sentence(matching.length, someNames(matching.map(({ name }) => name))));
    yield;
  }
  const outOfLine = yield* outOfLineInSteps(layers);
  for (const stray of outOfLine) findings.push(outOfLineFinding(stray));
  sentences.push(...siblingSentences(outOfLine));
  yield;
  return { findings: findings.sort(worseFirst), sentences };
}

function worseFirst(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    FINDING_KINDS.indexOf(a.kind) - FINDING_KINDS.indexOf(b.kind) ||
    (b.certainty ?? 0) - (a.certainty ?? 0)
  );
}

function findingOf(layer: LayerRecord, { kind, severity, certainty, what, advice }: FindingRule): Finding {
  return {
    layer: layer.longname,
    name: layer.name,
    kind,
    severity: typeof severity === "string" ? severity : severity(layer),
    certainty: certainty(layer),
    what: what(layer),
    advice,
  };
}

function outOfLineFinding({ layer, measure, value, median, deviations, siblings }: OutOfLine): Finding {
  return {
    layer: layer.longname,
    name: layer.name,
    kind: "out-of-line",
    severity: "note",
    certainty: null,
    what:
      `Its ${measure} is ${value.toPrecision(3)}; the median of ${siblings} layers of the same name and shape is ` +
      `${median.toPrecision(3)} (${Math.abs(deviations).toFixed(1)} robust standard deviations away).`,
    advice: "First and last blocks often differ; one in the middle may have been damaged or trained otherwise.",
  };
}
