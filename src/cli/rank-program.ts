import type { Command } from "commander";
import { INPUT } from "./help-texts.js";
import { withSelection, withWork } from "./program.js";
import type { RankFlags } from "./rank.js";
import { withSettings, withVerbose } from "./settings-options.js";

const EXAMPLES = `
A folder is one model if "eigenscope analyze" reads it as one. Else every weight
file in it is a model, or every folder below that holds weights; folders such as
checkpoint-500 count beside weights too. What the columns are:
https://github.com/eigenscope/eigenscope/blob/main/docs/rank.md

Exit codes: 0 done, 2 wrong usage, 3 no model could be read, 4 some models or
layers failed (their rows say why), 130 interrupted.

Examples:
  eigenscope rank checkpoints/
  eigenscope rank checkpoints/ --scores accuracies.csv --sort alpha_weighted
  eigenscope rank org/model-small org/model-large "runs/*/last.pt" --json r.json`;

/** `eigenscope rank`: many models, one row each. */
export function addRankCommand(
  root: Command,
  { rank }: { rank(paths: readonly string[], flags: RankFlags): Promise<void> },
): void {
  const ranking = withSelection(
    root.command("rank").description("compare many models: one row each, their groups, and what goes with a score"),
  )
    .argument("[path...]", `each is ${INPUT}; a folder or a glob may hold several models`)
    .option("--scores <file>", 'a CSV with the header "name,score": how well each column goes with the scores')
    .option(
      "--sort <column>",
      "order the models, inside each group of the table: a column of a layer (its mean over all layers), or of the CSV",
    )
    .option("--descending", "largest first", false)
    .option("--json [file]", "write the ranking as JSON, to a file, or to stdout (the default, -) instead of the table")
    .option("--csv [file]", "write one row per model as CSV, to a file, or to stdout instead of the table")
    .option("--html <file>", "write the ranking as one self-contained page")
    .option("--parquet <file>", "write one row per model as a Parquet file");
  withVerbose(withSettings(withWork(ranking)))
    .addHelpText("after", EXAMPLES)
    .action(rank);
  ranking.helpOption("-h, --help", "print this help").exitOverride().showSuggestionAfterError();
}
