import type { JsonObject } from "../../bytes/json-value.js";
import { E2M1, E8M0 } from "../small-floats.js";
import { objectAt, type QuantisationConfig, textAt, wholeAt } from "./config.js";
import { unpackBits } from "./packed-bits.js";
import { elementsOf, isWideFloat, type Part, sameShape } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";
import { e4m3Values } from "./small-float-blocks.js";

/**
 * MLX: codes packed along the rows into words, one scale for each `group_size` of them, both as given by config.json's
 * `quantization`, for all layers or for one by its path [mlx, ops.cpp, quantize; mlx.nn, quantized.py]. Mode "affine":
 * w = scale * q + bias. The modes "mxfp4" (E2M1 codes), "mxfp8" (E4M3) have scales 2^(s - 127), "nvfp4" (E2M1) scales
 * in E4M3, and no biases.
 */
export const mlx: Scheme = {
  name: "MLX",
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const [stem, scales] of endingIn(parts, "scales")) {
      const codes = parts.get(`${stem}weight`);
      if (codes?.dtype !== "U32") continue;
      const [biases] = present(parts, `${stem}biases`);
      const members = { codes, scales, biases };
      const settings = settingsFor(stem.replace(/\.$/, ""), await context.config(), members);
      found.push({
        name: codes.name,
        parts: biases === undefined ? [codes, scales] : [codes, scales, biases],
        reading: "reason" in settings ? settings : read(members, settings),
      });
    }
    return found;
  },
};

interface Settings {
  readonly bits: number;
  readonly groupSize: number;
  readonly mode: string;
}

/** The bits and the group sizes of mode "affine" [mlx, ops.cpp, quantize]. */
const BITS = [2, 3, 4, 5, 6, 8];
const GROUP_SIZES = [32, 64, 128];

/**
 * The settings of a layer: by its path, else those of all layers. The shapes fix bits times group size: words of a row
 * * 32 / groups of a row. So bits that a recipe of mixed precision left out of config.json follow from the group size,
 * and both follow where only one pair is possible.
 */
function settingsFor(path: string, config: QuantisationConfig | undefined, members: Members): Settings | Refusal {
  const all = config?.mlx ?? config?.huggingFace;
  const own = objectAt(all, path);
  const whole = (key: string): number | undefined => wholeAt(own, key) ?? wholeAt(all as JsonObject | undefined, key);
  const [bits, groupSize] = [whole("bits"), whole("group_size")];
  const mode = textAt(own, "mode") ?? textAt(all, "mode") ?? "affine";
  const { codes, scales } = members;
  const product = (32 * elementsOf(codes)) / Math.max(1, elementsOf(scales));
  const declared = bits !== undefined && groupSize !== undefined && groupSize >= 1;
  if (mode !== "affine" || (declared && bits * groupSize === product))
    return declared ? { bits, groupSize, mode } : { reason: "config.json does not give its bits and group size" };
  const possible = BITS.flatMap((count) => GROUP_SIZES.map((size) => ({ bits: count, groupSize: size, mode }))).filter(
    (pair) => pair.bits * pair.groupSize === product,
  );
  const fitting = possible.filter((pair) => groupSize === undefined || pair.groupSize === groupSize);
  if (fitting.length === 1) return fitting[0];
  if (declared) return { bits, groupSize, mode };
  const pairs = fitting.map((pair) => `${pair.bits} bits in groups of ${pair.groupSize}`).join(" or ");
  return {
    reason: `config.json does not give its bits and group size${pairs === "" ? "" : `, which may be ${pairs}`}`,
  };
}

interface Members {
  readonly codes: Part;
  readonly scales: Part;
  readonly biases?: Part;
}

/** In the modes of small floats: bits of a code, and the numbers that codes and scales represent. */
const FLOAT_MODES: ReadonlyMap<
  string,
  { readonly bits: number; readonly code: () => ArrayLike<number>; readonly scale: () => ArrayLike<number> }
> = new Map([
  ["mxfp4", { bits: 4, code: () => E2M1, scale: () => E8M0 }],
  ["mxfp8", { bits: 8, code: e4m3Values, scale: () => E8M0 }],
  ["nvfp4", { bits: 4, code: () => E2M1, scale: e4m3Values }],
]);

function read({ codes, scales, biases }: Members, { bits, groupSize, mode }: Settings): WeightReading | Refusal {
  const floats = FLOAT_MODES.get(mode);
  if (mode !== "affine" && floats === undefined) return { reason: `its mode is "${mode}"` };
  if (floats === undefined ? ![2, 3, 4, 5, 6, 8].includes(bits) : bits !== floats.bits)
    return { reason: `its codes have ${bits} bits` };
  const packed = codes.shape[codes.shape.length - 1] ?? 0;
  const cols = (packed * 32) / bits;
  const groups = cols / groupSize;
  const fits =
    Number.isInteger(cols) && sameShape(scales.shape, [...codes.shape.slice(0, -1), groups]) && codes.shape.length >= 2;
  if (!fits)
    return {
      reason: `scales of the shape [${scales.shape.join(", ")}] do not fit ${bits} bits in groups of ${groupSize}`,
    };
  const affine = floats === undefined;
  if (affine ? !isWideFloat(scales) : scales.dtype !== "U8")
    return { reason: `its scales are of type ${scales.dtype}` };
  if (affine && (biases === undefined || !isWideFloat(biases) || !sameShape(biases.shape, scales.shape))) {
    return { reason: "its biases are missing, or do not have its scales' shape" };
  }
  const levels = floats?.code();
  const scaleOf = floats?.scale();
  return {
    shape: [...codes.shape.slice(0, -1), cols],
    dtype: affine ? `MLX-${bits}bit` : `MLX-${mode}`,
    hints: { denseLayout: "out-in" },
    rows: {
      rows: elementsOf(codes) / packed,
      cols,
      band: 1,
      async open() {
        return async (from, to, signal) => {
          const group = { from: from * groups, to: to * groups, signal };
          const [bytes, scale, bias] = await Promise.all([
            codes.bytes(from * packed * 4, (to - from) * packed * 4, signal),
            scales.numbers(group),
            biases?.numbers(group),
          ]);
          const count = (to - from) * cols;
          const q = unpackBits(bytes, bits, { from: 0, count });
          const values = new Float32Array(count);
          for (let k = 0, g = 0; k < count; g++) {
            // Adding -0 changes no number, not even -0.
            const [s, b] = [scaleOf === undefined ? scale[g] : scaleOf[scale[g]], bias === undefined ? -0 : bias[g]];
            for (const end = k + groupSize; k < end; k++)
              values[k] = (levels === undefined ? q[k] : levels[q[k]]) * s + b;
          }
          return values;
        };
      },
    },
  };
}
