import { columnChanges } from "../../analysis/compare/column-changes.js";
import type { LayerComparison } from "../../analysis/compare/comparison.js";
import type { LayerRecord } from "../../analysis/report.js";
import { blockName, layerRole } from "../../layers/index.js";
import type { RuleLayer } from "../../rules/index.js";
import { COMPARE, EVIDENCE, type PAIR_KINDS } from "./rule-columns.js";

type Pair = Readonly<Record<keyof typeof PAIR_KINDS, string | boolean | null>>;

/**
 * A layer of a report as rules see it. `compare.<column>` is the change from the same layer of an earlier report; null
 * without one.
 */
export function ruleLayer(layer: LayerRecord, baseline?: LayerRecord): RuleLayer {
  let changes: ReturnType<typeof columnChanges> | undefined;
  return (column) => {
    if (!column.startsWith(COMPARE)) return columnOf(layer, column);
    if (baseline === undefined) return null;
    const name = column.slice(COMPARE.length);
    const pair = pairOf(layer, baseline);
    if (Object.hasOwn(pair, name)) return pair[name as keyof Pair];
    changes ??= columnChanges(baseline, layer);
    return changes[name]?.change ?? null;
  };
}

function pairOf(layer: LayerRecord, baseline: LayerRecord): Pair {
  return {
    status: layer.lambda_max === baseline.lambda_max && layer.norm === baseline.norm ? "unchanged" : "changed",
    phase_a: baseline.phase,
    phase_b: layer.phase,
    dtype_a: baseline.dtype,
    dtype_b: layer.dtype,
    alpha_valid_a: baseline.alpha_valid,
    alpha_valid_b: layer.alpha_valid,
  };
}

function columnOf(layer: LayerRecord, column: string): unknown {
  if (!column.startsWith(EVIDENCE)) return layer[column as keyof LayerRecord];
  const evidence = layer.phase_evidence as Readonly<Record<string, unknown>> | null;
  return evidence?.[column.slice(EVIDENCE.length)];
}

/**
 * A pair of layers as rules see it: plain columns are those of B, `compare.<column>` is the change from A to B, or what
 * the comparison measured itself.
 */
export function rulePair(pair: LayerComparison): RuleLayer {
  const { block, role } = layerRole(pair.name_b);
  const ofB: Readonly<Record<string, unknown>> = {
    ...{ name: pair.name_b, longname: pair.name_b, layer_type: pair.layer_type, block, role },
    block_name: blockName(pair.name_b),
    ...{
      dtype: pair.dtype_b,
      phase: pair.phase_b,
      alpha_valid: pair.alpha_valid_b,
      N: pair.N,
      M: pair.M,
      Q: pair.N / pair.M,
      rf: pair.rf,
    },
    ...{ status: pair.status === "failed" ? "failed" : "success", reason: pair.reason },
  };
  return (column) => {
    if (!column.startsWith(COMPARE)) return Object.hasOwn(ofB, column) ? ofB[column] : pair.columns[column]?.b;
    const name = column.slice(COMPARE.length);
    const measured = (pair as unknown as Readonly<Record<string, unknown>>)[name];
    return measured === undefined ? pair.columns[name]?.change : measured;
  };
}
