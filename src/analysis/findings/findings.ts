import { finish, type Steps } from "../../bytes/pace.js";
import type { LayerRecord } from "../report.js";
import { type OutOfLine, outOfLineInSteps } from "../siblings.js";
import { FINDING_KINDS, type Finding, SEVERITIES } from "./finding.js";
import { FINDING_RULES, type FindingRule } from "./finding-rules.js";

/** Findings are sorted and copied in some 100 ns each. */
const LAYERS_PER_PAUSE = 1024;

/**
 * What stands out in a model, worst first: by severity, then by kind, then the surest first, then in the layers' order.
 */
export function findingsOf(layers: readonly LayerRecord[]): readonly Finding[] {
  return finish(findingsInSteps(layers));
}

/** `findingsOf` with pauses. */
export function* findingsInSteps(layers: readonly LayerRecord[]): Steps<readonly Finding[]> {
  const found: Finding[] = [];
  for (const rule of FINDING_RULES) {
    for (const [i, layer] of layers.entries()) {
      if (rule.matches(layer)) found.push(findingOf(layer, rule));
      if ((i + 1) % LAYERS_PER_PAUSE === 0) yield;
    }
    yield;
  }
  for (const stray of yield* outOfLineInSteps(layers)) found.push(outOfLineFinding(stray));
  yield;
  return found.sort(worseFirst);
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
