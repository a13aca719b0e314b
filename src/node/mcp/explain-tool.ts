import * as z from "zod";
import { explainWord, nearestWords } from "../../report/index.js";
import { Refusal } from "../serve/refusal.js";
import { sentences } from "./fields.js";
import { type Tool, tool } from "./tool.js";

/** Columns of the text, so that a line is a thought. */
const WIDTH = 120;
/** A word of a report is shorter. The search for the nearest words costs by length. */
const MAX_WORD_LENGTH = 60;

/** `explain`: what a column or a word of a report means. */
export function explainTool(): Tool {
  return tool({
    name: "explain",
    title: "Explain a column or a word",
    description:
      "Explains a column, a phase, a verdict or any other word of the answers: definition, formula, range, source. " +
      "Use it before you interpret a number.",
    input: z.object({
      word: z.string().min(1).max(MAX_WORD_LENGTH).describe('Such as "alpha", "mp_soft_rank" or "heavy-tailed".'),
    }),
    output: z.object({ lines: sentences }),
    async run({ word }) {
      const explanation = explainWord(word, { width: WIDTH });
      if (explanation !== null) return { lines: explanation.trimEnd().split("\n") };
      const near = nearestWords(word);
      const hint = near.length === 0 ? "" : ` Did you mean ${near.join(", ")}?`;
      throw new Refusal(404, `Reports have no column or word "${word}".${hint}`);
    },
  });
}
