import { FormatError } from "../../bytes/errors.js";
import { JsonNumber, type JsonObject } from "../../bytes/json-value.js";
import { parseJson } from "../../bytes/strict-json.js";
import { elementCount } from "../shape.js";
import { textAt, wholeAt, wholesAt } from "./config.js";
import { elementsOf, isWideFloat, type Part, type Parts } from "./part.js";
import {
  endingIn,
  present,
  type Refusal,
  type Scheme,
  type SchemeContext,
  type StoredWeight,
  type WeightReading,
} from "./scheme.js";

/** A quantisation state is a JSON text of some 200 bytes. */
const MAX_STATE_BYTES = 65_536;
const MAX_STATE_DEPTH = 8;

/**
 * bitsandbytes, 4 bits (nf4, fp4): two codes per byte, the first in the upper half, over the flattened matrix in
 * blocks; w = code[q] absmax[block]. With double quantisation absmax[b] = nested_code[a[b]] nested_absmax[b /
 * nested_blocksize] + nested_offset [DPHZ23, 3; bitsandbytes, functional.py, QuantState and dequantize_4bit]. The file
 * contains the tables of codes.
 */
export const bitsandbytes4: Scheme = {
  name: "bitsandbytes (4 bits)",
  async find(parts, context) {
    const found: StoredWeight[] = [];
    for (const [name, absmax] of endingIn(parts, ".absmax")) {
      const codes = parts.get(name);
      if (codes === undefined) continue;
      const state = present(parts, `${name}.quant_state.bitsandbytes__nf4`, `${name}.quant_state.bitsandbytes__fp4`)[0];
      const others = present(parts, `${name}.quant_map`, `${name}.nested_absmax`, `${name}.nested_quant_map`);
      found.push({
        name,
        parts: [codes, absmax, ...others, ...(state === undefined ? [] : [state])],
        reading:
          state === undefined
            ? { reason: "its quantisation state is missing" }
            : await read4(codes, { parts, absmax, state, context }),
      });
    }
    return found;
  },
};

interface Members4 {
  readonly parts: Parts;
  readonly absmax: Part;
  readonly state: Part;
  readonly context: SchemeContext;
}

async function read4(codes: Part, { parts, absmax, state, context }: Members4): Promise<WeightReading | Refusal> {
  const settings = await readState(state, context.signal);
  const shape = wholesAt(settings, "shape");
  const blockSize = wholeAt(settings, "blocksize") ?? 0;
  const kind = textAt(settings, "quant_type") ?? "4bit";
  const map = parts.get(`${codes.name}.quant_map`);
  const count = shape === undefined || shape.length < 2 ? undefined : elementCount(shape);
  if (shape === undefined || count === undefined || count === 0)
    return { reason: "its quantisation state does not give its shape" };
  const blocks = Math.ceil(count / Math.max(1, blockSize));
  if (codes.dtype !== "U8" || elementsOf(codes) !== Math.ceil(count / 2))
    return { reason: `${elementsOf(codes)} bytes of codes do not match ${count} weights` };
  if (blockSize < 1 || elementsOf(absmax) !== blocks)
    return { reason: `${elementsOf(absmax)} block scales do not fit blocks of ${blockSize}` };
  if (map === undefined || elementsOf(map) !== 16 || !isWideFloat(map))
    return { reason: "its table of codes is missing" };
  const scalesOf = blockScales(absmax, { parts, name: codes.name, settings, blocks });
  if ("reason" in scalesOf) return scalesOf;
  const cols = shape[shape.length - 1];
  return {
    shape,
    dtype: `bnb-${kind}`,
    hints: { denseLayout: "out-in" },
    rows: {
      rows: count / cols,
      cols,
      band: 1,
      async open(signal) {
        const [level, scale] = await Promise.all([map.numbers({ signal }), scalesOf.read(signal)]);
        return async (from, to, rowSignal) => {
          const [first, last] = [from * cols, to * cols];
          const firstByte = Math.floor(first / 2);
          const bytes = await codes.bytes(firstByte, Math.ceil(last / 2) - firstByte, rowSignal);
          const values = new Float32Array(last - first);
          for (let k = first, at = 0; k < last; k++, at++) {
            const pair = bytes[Math.floor(k / 2) - firstByte];
            values[at] = level[k % 2 === 0 ? pair >> 4 : pair & 15] * scale[Math.floor(k / blockSize)];
          }
          return values;
        };
      },
    },
  };
}

interface BlockScales {
  read(signal?: AbortSignal): Promise<ArrayLike<number>>;
}

interface ScaleMembers {
  readonly parts: Parts;
  readonly name: string;
  readonly settings: JsonObject | undefined;
  readonly blocks: number;
}

/** The scales of the blocks, which may themselves be quantised. */
function blockScales(absmax: Part, { parts, name, settings, blocks }: ScaleMembers): BlockScales | Refusal {
  if (isWideFloat(absmax)) return { read: (signal) => absmax.numbers({ signal }) };
  const [nested, map] = [parts.get(`${name}.nested_absmax`), parts.get(`${name}.nested_quant_map`)];
  const size = wholeAt(settings, "nested_blocksize") ?? 0;
  const written = settings?.get("nested_offset");
  const fits =
    absmax.dtype === "U8" &&
    nested !== undefined &&
    map !== undefined &&
    isWideFloat(nested) &&
    isWideFloat(map) &&
    size > 0 &&
    elementsOf(map) === 256 &&
    elementsOf(nested) === Math.ceil(blocks / size) &&
    written instanceof JsonNumber;
  if (!fits) return { reason: "its block scales are quantised in a way that its state does not describe" };
  const offset = written.value;
  return {
    async read(signal) {
      const [codes, scale, level] = await Promise.all([
        absmax.numbers({ signal }),
        nested.numbers({ signal }),
        map.numbers({ signal }),
      ]);
      return Float32Array.from(
        codes,
        (code, block) => Math.fround(level[code] * scale[Math.floor(block / size)]) + offset,
      );
    },
  };
}

async function readState(state: Part, signal?: AbortSignal): Promise<JsonObject | undefined> {
  if (state.byteLength > MAX_STATE_BYTES) return undefined;
  const text = await state.bytes(0, state.byteLength, signal);
  try {
    const value = parseJson(text, {
      format: state.format,
      file: state.file,
      tensor: state.name,
      maxDepth: MAX_STATE_DEPTH,
    });
    return value instanceof Map ? value : undefined;
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}
