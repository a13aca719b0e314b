import type { Tensor } from "../formats/tensor.js";
import { type AdapterConfig, configuredScale, type RefusedScale } from "./adapter-config.js";
import type { FactorName } from "./adapter-names.js";
import { product } from "./reading.js";

/** The two factors of an adapter for one weight. */
export interface Pair extends Omit<FactorName, "kind"> {
  readonly a?: Tensor;
  readonly b?: Tensor;
}

/** What the pairs of an adapter are put together from: its configuration, and its tensors by name. */
export interface PairingContext {
  readonly adapter?: AdapterConfig | undefined;
  readonly byName: ReadonlyMap<string, Tensor>;
  /** Names in use; the new one is added to them. */
  readonly names: Set<string>;
}

interface Scaling {
  /** A number, or the tensor that holds alpha, which is to be divided by the rank. */
  readonly scaling: number | Tensor;
  readonly notes: readonly string[];
  readonly alpha?: Tensor;
}

/** The first words of the note on a product whose scale nothing gives. */
export const UNKNOWN_SCALE = "the scale of this adapter is not known";

/** From the file's own alpha (kohya), else from the configuration; unknown if neither gives it. */
export function scaleOf(
  { module, target, rank }: { readonly module: string; readonly target: string; readonly rank: number },
  { adapter, byName }: Pick<PairingContext, "adapter" | "byName">,
): Scaling | RefusedScale {
  const times = (how: string): string => `the product B A of an adapter's factors, times ${how}`;
  const alpha = [`${module}.alpha`, `${module}.lora.alpha`].map((name) => byName.get(name)).find((found) => found);
  if (alpha?.floating && product(alpha.shape) === 1)
    return { scaling: alpha, notes: [times(`the file's alpha / ${rank}`)], alpha };
  const configured = adapter === undefined ? undefined : configuredScale(adapter, target, rank);
  if (configured !== undefined && "refused" in configured) return configured;
  if (configured !== undefined) return { scaling: configured.scale, notes: [times(configured.how)] };
  return {
    scaling: 1,
    notes: [
      "the product B A of an adapter's factors",
      `${UNKNOWN_SCALE}: neither the file nor an adapter_config.json gives alpha. Norms, lambda_max and all that ` +
        "grows with the weights are those of B A itself (scale 1); alpha, ranks, entropy and phase do not depend " +
        "on it",
    ],
  };
}
