import { ruleColumns } from "#eigenscope/report/index.js";
import { PHASE_LABELS, type PhaseLabel, type ViewLayer } from "#eigenscope/report/view/index.js";
import { parseRule, RuleAsker, RuleError } from "#eigenscope/rules/index.js";

/** What the address says of the layers to show. All of it must hold. */
export interface Filters {
  readonly phase: PhaseLabel | null;
  /** A part of a name, or a rule in the gate's grammar: `alpha < 2`. */
  readonly text: string;
  readonly block: string | null;
  readonly role: string | null;
  /** Only layers that are worth a look. */
  readonly look: boolean;
}

export function filtersOf(query: URLSearchParams): Filters {
  const phase = query.get("phase") as PhaseLabel | null;
  return {
    phase: phase !== null && PHASE_LABELS.includes(phase) ? phase : null,
    text: query.get("find") ?? "",
    block: query.get("block"),
    role: query.get("role"),
    look: query.get("look") === "1",
  };
}

export interface Matching {
  readonly layers: readonly ViewLayer[];
  /** Why the text is no rule, where it looks like one. Then it hides nothing. */
  readonly error: string | null;
}

/** What makes a text a rule: a comparison. */
const COMPARES = /[<>=]|\blike\b/;

/** The layers for which all filters hold. */
export function matching(layers: readonly ViewLayer[], { phase, text, block, role, look }: Filters): Matching {
  const { holds, error } = testOf(layers, text.trim());
  return {
    error,
    layers: layers.filter(
      (layer) =>
        (phase === null || layer.label === phase) &&
        (block === null || layer.block === block) &&
        (role === null || layer.outline.role === role) &&
        (!look || layer.findings.some(({ severity }) => severity !== "note")) &&
        holds(layer),
    ),
  };
}

/** What a rule may ask for; made when it is first needed. */
let columns: ReturnType<typeof ruleColumns> | undefined;

interface Test {
  readonly holds: (layer: ViewLayer) => boolean;
  readonly error: string | null;
}

function testOf(layers: readonly ViewLayer[], text: string): Test {
  if (text === "") return { holds: () => true, error: null };
  if (!COMPARES.test(text)) {
    const wanted = text.toLowerCase();
    const words = ({ outline: { name, role }, block, label }: ViewLayer): string => `${name} ${block} ${role} ${label}`;
    return { holds: (layer) => words(layer).toLowerCase().includes(wanted), error: null };
  }
  try {
    columns ??= ruleColumns({ options: [], compare: "none" });
    const rule = parseRule(text, columns);
    if (rule.ofModel) return { holds: () => true, error: "the rule asks nothing of a layer" };
    const byName = new Map(layers.map((layer) => [layer.outline.name, layer]));
    const asked = new Map(
      [...byName].map(([name, { record }]) => [name, (column: string) => columnOf(record, column)] as const),
    );
    const held = new Set(new RuleAsker({ layers: asked }).layersWhere(rule));
    return { holds: ({ outline }) => held.has(outline.name), error: null };
  } catch (error) {
    // The command line's option has no place in a sentence of the page.
    if (error instanceof RuleError)
      return { holds: () => true, error: error.message.replace(`option ${error.option}: `, "") };
    throw error;
  }
}

function columnOf(record: ViewLayer["record"], column: string): unknown {
  const [outer, inner] = column.split(".");
  const value = (record as unknown as Record<string, unknown> | null)?.[outer];
  return inner === undefined ? value : (value as Record<string, unknown> | null)?.[inner];
}
