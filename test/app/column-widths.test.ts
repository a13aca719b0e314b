import { describe, expect, it } from "vitest";
import { reportLayers, TABLE_COLUMNS, type ViewLayer } from "#eigenscope/report/view/index.js";
import { type CountedTexts, columnWidths } from "../../app/components/column-widths.js";
import { layerRecord } from "../report/example-report.js";

const block = TABLE_COLUMNS.filter(({ name }) => name === "block");
const layersOf = (...blocks: readonly string[]): ViewLayer[] =>
  reportLayers({
    layers: blocks.map((block_name, layer_id) => layerRecord({ name: `layer.${layer_id}`, layer_id, block_name })),
    findings: [],
  });
/** Characters of a column of words, of its CSS length. */
const charactersOf = (width: string): number => Number(/calc\(([\d.]+)ch/.exec(width)?.[1]) / 0.88;

describe("the widths of the table's columns", () => {
  it("have room for the longest text, up to 36 characters, and for the title", () => {
    const widths = (...blocks: string[]): number => charactersOf(columnWidths(layersOf(...blocks), block)[1]);
    expect(widths("enc.0", "encoder.10")).toBeCloseTo(10, 1);
    expect(widths("e")).toBeCloseTo(block[0].title.length, 1);
    expect(widths("e".repeat(60)) * 0.88).toBeCloseTo(36, 1);
  });

  it("are those of the layers of now, whatever was counted before", () => {
    const counted: CountedTexts = new Map();
    const [first, second] = [layersOf("encoder.10", "a"), layersOf("encoder.2", "b")];
    for (const layers of [first, second, first.slice(1), second, first])
      expect(columnWidths(layers, block, counted)).toEqual(columnWidths(layers, block));
  });

  it("count a text once per record", () => {
    const counted: CountedTexts = new Map();
    let reads = 0;
    const layers = layersOf("encoder.10", "encoder.11").map((layer) => ({
      ...layer,
      get block() {
        reads++;
        return layer.block;
      },
    }));
    columnWidths(layers, block, counted);
    const once = reads;
    columnWidths(layers, block, counted);
    expect([once > 0, reads]).toEqual([true, once]);
  });
});
