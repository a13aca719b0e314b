import type { GateResult, RuleOutcome } from "./gate.js";

/** The schema of SARIF 2.1.0, as the files name it. */
const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/**
 * The gate as SARIF 2.1.0: one rule a rule, one result a layer for which it holds, at the model's file. The fingerprint
 * of a result is made of rule and layer alone, so that the same finding in the next run is the same alert. A layer that
 * failed is a notification of the run.
 */
export function gateSarif(gate: GateResult, version: string): object {
  const { rules, unjudged } = gate;
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "eigenscope",
            version,
            rules: rules.map(({ rule }) => ({
              id: rule,
              shortDescription: { text: rule },
              defaultConfiguration: { level: "error" },
            })),
          },
        },
        invocations: [
          {
            executionSuccessful: unjudged.length === 0,
            toolExecutionNotifications: unjudged.map(({ name, reason }) => ({
              level: "warning",
              message: { text: `${name}: ${reason}` },
            })),
          },
        ],
        results: rules.flatMap((rule, index) => resultsOf(rule, index, gate)),
      },
    ],
  };
}

function resultsOf({ rule, failed, layers }: RuleOutcome, ruleIndex: number, { label, files }: GateResult): object[] {
  const found = failed && layers.length === 0 ? [{ name: label, values: "holds for the whole model" }] : layers;
  return found.map(({ name, values }) => ({
    ruleId: rule,
    ruleIndex,
    level: "error",
    message: { text: `${name}: ${values}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(label, files) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: name, kind: "member" }],
      },
    ],
    partialFingerprints: { "ruleAndLayer/v1": `${rule} @ ${name}` },
  }));
}

/**
 * The model's path as a relative reference: "/" between folders, other characters escaped. A path of Windows that
 * begins with a drive or a server is an absolute one: "C:" alone would be taken for the scheme of an address.
 */
function uriOf(label: string, files: readonly string[]): string {
  const only = files.length === 1 && !label.endsWith(files[0]) ? `${label}/${files[0]}` : label;
  const reference = only
    .replaceAll(/\p{Surrogate}/gu, "\ufffd")
    .replaceAll("\\", "/")
    .replace(/^\.\//, "")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
  if (/^[A-Za-z]:[\\/]/.test(only)) return `file:///${reference.replace("%3A", ":")}`;
  return only.startsWith("\\\\") ? `file:${reference}` : reference;
}
