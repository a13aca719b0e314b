import type { JsonObject } from "../../../bytes/strict-json.js";
import { ELEMENT_TYPES } from "../../element-types.js";
import { E2M1, E8M0 } from "../../small-floats.js";
import { objectAt, type QuantisationConfig, textAt, wholeAt } from "./config.js";
import { unpackBits } from "./packed-bits.js";
import { elementsOf, isWideFloat, type Part, sameShape } from "./part.js";
import { endingIn, present, type Refusal, type Scheme, type StoredWeight, type WeightReading } from "./scheme.js";

/**
 * MLX: codes packed along the rows into words, one scale for each `group_size` of them, both as given by config.json's
 * `quantization`, for all layers or for one by its path [mlx, ops.cpp, quantize; mlx.nn, quantized.py]. Mode "affine":
 * w = scale * q + bias. The modes "mxfp4" (E2M1 codes), "mxfp8" (E4M3) have scales 2^(s - 127), "nvfp4" (E2M1) scales
 * in E4M3, and no biases.
 */
export const mlx: Scheme = {
  name: "MLX",
  signs: ["scales"],
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const [stem, scales] of endingIn(parts, "scales")) {
      const codes = parts.get(`${stem}weight`);
      if (codes?.dtype !== "U32") continue;
      const [biases] = present(parts, `${stem}biases`);
      const settings = settingsFor(stem.replace(/\.$/, ""), await context.config());
      found.push({
        name: codes.name,
        parts: biases === undefined ? [codes, scales] : [codes, scales, biases],
        reading:
          settings === undefined
            ? { reason: "config.json does not give its bits and group size" }
            : read({ codes, scales, biases }, settings),
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

function settingsFor(path: string, config: QuantisationConfig | undefined): Settings | undefined {
  const all = config?.mlx ?? config?.huggingFace;
  const own = objectAt(all, path);
  const whole = (key: string): number | undefined => wholeAt(own, key) ?? wholeAt(all as JsonObject | undefined, key);
  const [bits, groupSize] = [whole("bits"), whole("group_size")];
  if (bits === undefined || groupSize === undefined || groupSize < 1) return undefined;
  return { bits, groupSize, mode: textAt(own, "mode") ?? textAt(all, "mode") ?? "affine" };
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
  ["mxfp8", { bits: 8, code: e4m3, scale: () => E8M0 }],
  ["nvfp4", { bits: 4, code: () => E2M1, scale: e4m3 }],
]);

function e4m3(): ArrayLike<number> {
  return ELEMENT_TYPES.get("F8_E4M3")!.decode(Uint8Array.from({ length: 256 }, (_, code) => code).buffer);
}

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
