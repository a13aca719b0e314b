import { describe, expect, it } from "vitest";
import { FINDING_KINDS, SEVERITIES } from "#eigenscope/analysis/findings/finding.js";
import { FINDING_RULES } from "#eigenscope/analysis/findings/finding-rules.js";
import { findingsOf } from "#eigenscope/analysis/findings/findings.js";
import { headlineOf } from "#eigenscope/analysis/findings/headline.js";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import { UNKNOWN_SCALE } from "#eigenscope/layers/adapter-scale.js";
import { failedRecord, layerRecord } from "../../report/example-report.js";

const PLAIN: Partial<LayerRecord> = {
  phase: "bulk-decay",
  alpha: 3,
  alpha_valid: true,
  phase_confidence: 0.9,
};
/** The 95 % interval is 0.2 to each side of alpha unless it is given. */
const layer = (name: string, more: Partial<LayerRecord> = {}): LayerRecord => {
  const alpha = more.alpha ?? 3;
  return layerRecord({
    ...{ ...PLAIN, name, longname: `net.${name}`, alpha_low: alpha - 0.2, alpha_high: alpha + 0.2 },
    ...more,
  });
};
const collapsed = (name: string, phase_confidence = 0.9): LayerRecord =>
  layer(name, { phase: "rank-collapse", phase_confidence, phase_reason: "144 of 256 eigenvalues are zero." });
const random = (name: string): LayerRecord => layer(name, { phase: "random-like", phase_confidence: 0.8 });
const headline = (layers: readonly LayerRecord[]) => headlineOf(layers, findingsOf(layers));

describe("findings", () => {
  it("are none where nothing stands out", () => {
    expect(findingsOf([layer("a"), layer("b", { phase: "undecided" })])).toEqual([]);
  });

  it("say which layer, what, how sure, and what to do", () => {
    expect(findingsOf([collapsed("a", 0.97)])).toEqual([
      {
        layer: "net.a",
        name: "a",
        kind: "rank-collapse",
        severity: "warning",
        certainty: 0.97,
        what: "144 of 256 eigenvalues are zero.",
        advice: expect.stringContaining("look for strong weight decay"),
      },
    ]);
  });

  it.each<[string, LayerRecord, string, number | null, string]>([
    ["not-finite", failedRecord(), "error", 1, "NaN or infinite"],
    ["no-spectrum", failedRecord({ reason: "all weights are zero" }), "warning", 1, "It has no spectrum: all weights"],
    ["correlation-trap", layer("a", { correlation_traps: 1 }), "warning", null, "1 eigenvalue stays outside"],
    ["correlation-trap", layer("a", { correlation_traps: 2 }), "warning", null, "2 eigenvalues stay outside"],
    ["unknown-scale", layer("a", { notes: [`${UNKNOWN_SCALE} more`] }), "note", 1, "not known (no alpha)"],
    [
      "alpha-below-2",
      layer("a", { alpha: 1.99 }),
      "note",
      0.6162,
      "Alpha is 1.99 (95 % interval 1.79 to 2.19), below 2",
    ],
    [
      "alpha-below-2",
      layer("a", { alpha: 1.5 }),
      "warning",
      0.9998,
      "Alpha is 1.50 (95 % interval 1.30 to 1.70), below 2",
    ],
    ["alpha-below-2", layer("a", { alpha: 1.5, alpha_high: null }), "note", null, "Alpha is 1.50, below 2"],
    ["not-trained", layer("a", { notes: ["not trained? the entries are uniform"] }), "note", null, "The entries are"],
    ["random-like", random("a"), "note", 0.8, "that of random weights"],
    [
      "alpha-above-6",
      layer("a", { alpha: 6.1 }),
      "note",
      0.8291,
      "Alpha is 6.10 (95 % interval 5.90 to 6.30), above 6",
    ],
  ])("%s", (kind, record, severity, certainty, words) => {
    const [found, ...others] = findingsOf([layer("x"), record]);
    expect(others).toEqual([]);
    expect([found.kind, found.severity]).toEqual([kind, severity]);
    if (certainty === null) expect(found.certainty).toBeNull();
    // Four digits of the normal law's tables.
    else expect(found.certainty).toBeCloseTo(certainty, 4);
    expect(found.what).toContain(words);
    expect(found.advice.length).toBeGreaterThan(20);
  });

  it.each([
    ["correlation-trap", { correlation_traps: 0 }],
    ["alpha-below-2", { alpha: 2 }],
    ["alpha-below-2", { alpha: 1, alpha_valid: false }],
    ["alpha-above-6", { alpha: 6 }],
    ["alpha-above-6", { alpha: 9, alpha_valid: false }],
    ["not-trained", { notes: ["is it not trained?"] }],
  ])("%s is not found just outside", (_, more) => {
    expect(findingsOf([layer("a", more)])).toEqual([]);
  });

  it("are a warning for an alpha whose whole 95 % interval is below 2, and a note where it only reaches there", () => {
    const severity = (alpha_high: number) => findingsOf([layer("a", { alpha: 1.8, alpha_high })])[0].severity;
    expect([severity(2), severity(1.999)]).toEqual(["note", "warning"]);
  });

  it("are worst first: severity, kind, the surest, the layers' order", () => {
    const layers = [
      random("r1"),
      collapsed("c1", 0.8),
      layer("h1", { alpha: 1.99 }),
      collapsed("c2", 0.95),
      layer("h2", { alpha: 1.2 }),
      random("r2"),
      failedRecord({ name: "n" }),
    ];
    expect(findingsOf(layers).map(({ name }) => name)).toEqual(["n", "c2", "c1", "h2", "h1", "r1", "r2"]);
    // A surely heavy tail before the note that a scale is unknown, which is a worse kind.
    const noted = layer("s", { notes: [`${UNKNOWN_SCALE} more`] });
    expect(findingsOf([noted, layer("h", { alpha: 1.2 })]).map(({ name }) => name)).toEqual(["h", "s"]);
  });

  it("tell of layers out of line with their siblings", () => {
    const layers = Array.from({ length: 8 }, (_, k) =>
      layer(`layers.${k}.mlp.up_proj`, { stable_rank: k === 3 ? 40 : 10 + 0.1 * k }),
    );
    const [found, ...others] = findingsOf(layers);
    expect(others).toEqual([]);
    expect([found.name, found.kind, found.severity]).toEqual(["layers.3.mlp.up_proj", "out-of-line", "note"]);
    expect(found.what).toMatch(/^Its stable_rank is 40\.0; the median of 8 layers .* is 10\.\d/);
  });

  it("have a rule and a place for each kind", () => {
    expect([...FINDING_RULES.map(({ kind }) => kind), "out-of-line"]).toEqual([...FINDING_KINDS]);
    expect(SEVERITIES).toEqual(["error", "warning", "note"]);
  });
});

describe("the headline", () => {
  it("begins with what cannot work", () => {
    expect(headline([layer("a"), collapsed("c"), failedRecord({ name: "n" })])).toEqual({
      verdict: "cannot-work",
      headline: "The model cannot work: 1 layer has NaN or infinite weights: n.",
    });
  });

  it("says that the weights look random from more than half on", () => {
    const verdicts = (randoms: number, others: number) =>
      headline([
        ...Array.from({ length: randoms }, (_, k) => random(`r${k}`)),
        ...Array.from({ length: others }, (_, k) => layer(`t${k}`)),
      ]).verdict;
    expect([verdicts(2, 1), verdicts(2, 2), verdicts(1, 0)]).toEqual([
      "looks-random",
      "no-look-needed",
      "looks-random",
    ]);
    expect(headline([random("a"), random("b"), layer("c")]).headline).toBe(
      "The weights look random, as if hardly trained. 1 of 3 layers looks trained; 2 are random-like: a, b.",
    );
    // Layers without a phase do not count.
    expect(headline([random("a"), layer("b", { phase: "undecided" }), failedRecord({ reason: "x" })]).verdict).toBe(
      "looks-random",
    );
  });

  it("counts what is worth a look, then every layer once", () => {
    const layers = [
      ...Array.from({ length: 9 }, (_, k) => layer(`t${k}`)),
      ...["a", "b", "c", "d"].map(random),
      collapsed("z", 0.99),
      layer("h", { alpha: 1.2 }),
      layer("maybe", { alpha: 1.99 }),
      layer("u", { phase: "undecided" }),
      failedRecord({ name: "f", longname: "f", reason: "all weights are zero" }),
    ];
    expect(headline(layers)).toEqual({
      verdict: "worth-a-look",
      headline:
        "3 layers are worth a look. 10 of 18 layers look trained (1 with alpha below 2, though not surely); 4 " +
        "are random-like: a, b, c and 1 more; 1 lost rank: z; 1 has alpha below 2: h; 1 is undecided: u; " +
        "1 failed: f.",
    });
  });

  it("says that nothing needs a look", () => {
    expect(headline([layer("a"), layer("b")])).toEqual({
      verdict: "no-look-needed",
      headline: "No layer needs a look. 2 of 2 layers look trained.",
    });
    expect(headline([layer("a")]).headline).toBe("No layer needs a look. The only layer looks trained.");
    expect(headline([layer("a", { alpha: 1.99 })]).headline).toBe(
      "No layer needs a look. The only layer looks trained (alpha below 2, though not surely).",
    );
    for (const more of [{ alpha: 2 }, { alpha: 1.99, alpha_valid: false }])
      expect(headline([layer("a", more)]).headline).toBe("No layer needs a look. The only layer looks trained.");
    expect(headline([collapsed("a")]).headline).toBe(
      "1 layer is worth a look. The only layer does not look trained; 1 lost rank: a.",
    );
  });

  it("knows nothing without a phase, but that layers failed", () => {
    const undecided = [layer("a", { phase: null }), layer("b", { phase: "undecided" })];
    expect(headline(undecided)).toEqual({
      verdict: "nothing-known",
      headline: "No layer has a phase. 0 of 2 layers look trained; 2 are undecided: a, b.",
    });
    expect(headline([]).headline).toBe("No layer has a phase.");
    expect(headline([...undecided, failedRecord({ reason: "all weights are zero" })]).verdict).toBe("worth-a-look");
  });

  it("counts a layer with two warnings once", () => {
    expect(headline([{ ...collapsed("z"), correlation_traps: 3 }, layer("a")]).headline).toMatch(/^1 layer is worth/);
  });
});
