import { type Pace, type Steps, unpaced } from "../../bytes/pace.js";
import { PagedBytes } from "../../bytes/paged-bytes.js";
import { sortInSteps } from "../../bytes/sort-in-steps.js";
import type { FormatReader } from "../reader.js";
import { readModel } from "./model.js";
import type { BufferSpan } from "./model-types.js";
import { modelTensors } from "./tensors.js";

const FORMAT = "tflite";
/** The FlatBuffer's identifier, at byte 4. */
const IDENTIFIER = [0x54, 0x46, 0x4c, 0x33];

/** TFLite (LiteRT) models of any size: f32, f16, and integers with one scale or one per channel. */
export const tfliteReader: FormatReader = {
  format: FORMAT,
  recognises: (head) => IDENTIFIER.every((byte, k) => head[4 + k] === byte),
  async open({ name: file, source }, _files, options) {
    const pages = new PagedBytes(source, { format: FORMAT, file }, options?.signal);
    const pace = options?.pace ?? unpaced();
    const model = await readModel(pages, pace);
    await pace.run(assertDisjoint(model.buffers, pages, pace));
    const { tensors, warnings } = await pace.run(modelTensors(model, { source, file, format: FORMAT }, pace));
    return {
      format: FORMAT,
      tensors,
      order: model.subgraphs.some(({ operators }) => operators.length > 0) ? "graph" : "file",
      files: [{ name: file, byteLength: source.byteLength }],
      metadata: {
        version: String(model.version),
        ...(model.description === "" ? {} : { description: model.description }),
      },
      warnings,
      close: async () => {},
    };
  },
};

/**
 * Buffers may coincide (tied weights), but not overlap otherwise: a small file could represent any number of weights.
 */
function* assertDisjoint(buffers: readonly BufferSpan[], file: PagedBytes, pace: Pace): Steps<void> {
  const filled = buffers.filter(({ length }) => length > 0);
  const ordered = yield* sortInSteps(filled, (a, b) => a.offset - b.offset || a.length - b.length, { pace });
  for (let k = 1; k < ordered.length; k++) {
    const [before, buffer] = [ordered[k - 1], ordered[k]];
    const same = before.offset === buffer.offset && before.length === buffer.length;
    if (!same && buffer.offset < before.offset + before.length) {
      file.fail(`a buffer of ${buffer.length} bytes overlaps the one at ${before.offset}`, buffer.offset);
    }
  }
}
