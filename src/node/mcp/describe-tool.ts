import * as z from "zod";
import type { Description } from "../../analysis/index.js";
import { describe } from "../describe.js";
import { explained } from "../serve/explained.js";
import { Refusal } from "../serve/refusal.js";
import { cursor, layerGlobs, modelPath, nextCursor, rowLimit, rowsTotal, sentences, text } from "./fields.js";
import { MAX_NOTES_BYTES } from "./limits.js";
import { fitting, KeptResults } from "./pages.js";
import { type Desk, type Tool, tool, UNTRUSTED } from "./tool.js";

/** Most tensors that are named as skipped; the answer has their number. */
const MAX_SKIPPED = 20;
const MAX_WARNINGS = 10;

const output = z.object({
  model: text,
  format: text,
  bytes: z.number().describe("Of all its files."),
  tensors: z.int(),
  parameters: z.number(),
  warnings: sentences,
  skipped: z
    .array(z.object({ tensor: text, reason: text }))
    .describe("Tensors that are no weights, the first of them."),
  skipped_total: z.int(),
  rows: z
    .array(z.object({ layer: text, type: text, shape: z.array(z.int()), dtype: text }))
    .describe("The layers that analyze would analyse."),
  rows_total: rowsTotal,
  next_cursor: nextCursor,
});

/** `describe`: what a model holds, without computing anything. */
export function describeTool({ finder }: Desk): Tool {
  const kept = new KeptResults<Description>();
  return tool({
    name: "describe",
    title: "List a model's layers",
    description:
      "Lists the layers and tensors of a model without computing anything. Fast: use it before analyze on a large " +
      `model, to choose layers. ${UNTRUSTED}`,
    input: z.object({ path: modelPath, layers: layerGlobs, rows: rowLimit, cursor }),
    output,
    async run({ path, layers = [], rows: most, cursor: at }, { signal }) {
      const subject = JSON.stringify([path, layers]);
      const described = async (): Promise<Description> => {
        const input = await finder.find(path, signal);
        if (input.kind !== "files")
          throw new Refusal(400, `${input.label} is the folder of a run. Name the weights themselves.`);
        return describe(input.files, { layers, signal });
      };
      const { result, from } =
        at === undefined ? { result: await explained(described), from: 0 } : kept.at(at, subject);
      const rows = result.layers.map(({ name, layer_type: type, shape, dtype }) => ({
        layer: name,
        type,
        shape,
        dtype,
      }));
      const page = kept.page({ subject, result }, rows, { from, most });
      return { ...headOf(result), ...page } as z.input<typeof output>;
    },
  });
}

function headOf({ input, tensors, parameters, skipped }: Description): object {
  const named = skipped.map(({ name, reason }) => ({ tensor: name, reason }));
  return {
    ...{ model: input.label, format: input.format, tensors, parameters },
    bytes: input.files.reduce((sum, { byteLength }) => sum + byteLength, 0),
    warnings: fitting(input.warnings, { most: MAX_WARNINGS, bytes: MAX_NOTES_BYTES }),
    skipped: fitting(named, { most: MAX_SKIPPED, bytes: MAX_NOTES_BYTES }),
    skipped_total: skipped.length,
  };
}
