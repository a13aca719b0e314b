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
    const fault = faultXml(values, rule.rule, errors.get(name));
    return fault === "" ? `${opening}/>\n` : `${opening}>\n      ${fault}\n    </testcase>\n`;
  });
  const failures = ofModel ? 1 : rule.layers.length;
  const broken = ofModel ? 0 : layers.filter((name) => errors.has(name) && !holds.has(name)).length;
  const properties = `<properties><property name="tool" value="eigenscope ${xml(version)}"/></properties>`;
  return (
    `  <testsuite package="eigenscope" id="${id}" name="${xml(rule.rule)}"\n` +
    `    timestamp="${at}" hostname="localhost" tests="${names.length}" ` +
    `failures="${failures}" errors="${broken}" time="0">\n    ${properties}\n` +
    cases.join("") +
    "    <system-out/>\n    <system-err/>\n  </testsuite>\n"
  );
}

/** What is wrong with one case: the rule holds (`values`), or the layer failed; "" if nothing. */
function faultXml(values: string | undefined, rule: string, error: string | undefined): string {
  if (values !== undefined) return `<failure message="${xml(values)}" type="rule">${xml(rule)}</failure>`;
  return error === undefined ? "" : `<error message="${xml(error)}" type="layer">${xml(error)}</error>`;
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
