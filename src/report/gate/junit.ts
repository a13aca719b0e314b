import type { GateResult, RuleOutcome } from "./gate.js";

/** When a gate's report was made. */
export interface Made {
  /** UTC, without a zone and without fractions of a second, as the schema wants it: 2026-11-29T09:30:00. */
  readonly at: string;
  /** Version of eigenscope. */
  readonly version: string;
}

/**
 * The gate as JUnit XML: one suite a rule, one case a layer (one for the whole model if the rule is over the model). A
 * case fails where the rule holds; a layer without a spectrum is an error. Valid by the schemas of Ant and Jenkins.
 */
export function gateJunit({ label, layers, unjudged, rules }: GateResult, made: Made): string {
  const errors = new Map(unjudged.map(({ name, reason }) => [name, reason]));
  const suites = rules.map((rule, id) => suiteXml(rule, { id, made, label, layers, errors }));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

interface Suite {
  readonly id: number;
  readonly made: Made;
  readonly label: string;
  readonly layers: readonly string[];
  readonly errors: ReadonlyMap<string, string>;
}

function suiteXml(rule: RuleOutcome, { id, made: { at, version }, label, layers, errors }: Suite): string {
  const ofModel = rule.layers.length === 0 && rule.failed;
  const holds = new Map(rule.layers.map(({ name, values }) => [name, values]));
  const names = ofModel ? [label] : layers;
  const cases = names.map((name) => {
    const values = ofModel ? "the whole model" : holds.get(name);
    const opening = `    <testcase classname="${xml(label)}" name="${xml(name)}" time="0"`;
    if (values !== undefined)
      return `${opening}>\n      <failure message="${xml(values)}" type="rule">${xml(rule.rule)}</failure>\n    </testcase>\n`;
    const error = errors.get(name);
    return error === undefined
      ? `${opening}/>\n`
      : `${opening}>\n      <error message="${xml(error)}" type="layer">${xml(error)}</error>\n    </testcase>\n`;
  });
  const failures = ofModel ? 1 : rule.layers.length;
  const broken = ofModel ? 0 : layers.filter((name) => errors.has(name) && !holds.has(name)).length;
  return (
    `  <testsuite package="eigenscope" id="${id}" name="${xml(rule.rule)}" timestamp="${at}" hostname="localhost" ` +
    `tests="${names.length}" failures="${failures}" errors="${broken}" time="0">\n    <properties><property name="tool" value="eigenscope ${xml(version)}"/></properties>\n${cases.join("")}` +
    "    <system-out/>\n    <system-err/>\n  </testsuite>\n"
  );
}

/** Text for an attribute or an element. Characters that XML 1.0 forbids become U+FFFD. */
function xml(text: string): string {
  return (
    text
      .replaceAll(/\p{Surrogate}/gu, "\ufffd")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids them
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll(/[\t\n\r]/g, (blank) => `&#${blank.charCodeAt(0)};`)
  );
}
