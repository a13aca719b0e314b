import { readFileSync } from "node:fs";
import type { Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { PHASES } from "#eigenscope/phases/index.js";
import { schemaOfColumn } from "#eigenscope/report/columns/json-schema.js";
import { COLUMNS_BY_OPTION, LAYER_COLUMNS } from "#eigenscope/report/columns.js";
import { type ColourToken, LIGHT_PALETTE } from "#eigenscope/report/phase-palette.js";
import { commandTree } from "../site/command-tree.js";

/** The commands that the Python package runs. */
const COMMANDS = ["analyze", "compare", "rank", "advise", "report"];

const FACTS = new URL("../../python/src/eigenscope/facts.json", import.meta.url).pathname;

/** An option as Python takes it. One that comes several times has a list as its default. */
function optionFact({ long, required, optional, defaultValue }: Option): [string, unknown] {
  const takes = required ? "value" : optional ? "maybe a value" : "nothing";
  return [pythonName(long as string), { flag: long, takes, repeats: Array.isArray(defaultValue) }];
}

const pythonName = (long: string): string => long.replace(/^--(no-)?/, "").replaceAll("-", "_");

const commandFact = (name: string): unknown => {
  const command = commandTree().commands.find((candidate: Command) => candidate.name() === name) as Command;
  return Object.fromEntries(command.options.map(optionFact));
};

/** What a column of a table holds: null is possible in each. */
function typeOf(column: Parameters<typeof schemaOfColumn>[0]): string {
  const { type, enum: words } = schemaOfColumn(column);
  const types = new Set([type].flat().filter((one) => one !== undefined && one !== "null"));
  if (words !== undefined || (types.size === 1 && types.has("string"))) return "string";
  if (types.size === 1 && types.has("boolean")) return "boolean";
  return types.size === 1 && (types.has("number") || types.has("integer")) ? "number" : "other";
}

function facts(): unknown {
  const columns = [
    ...LAYER_COLUMNS.map((column) => [column, column.weightwatcher === true] as const),
    ...COLUMNS_BY_OPTION.flatMap(({ option, columns: own }) =>
      own.map((column) => [column, option === "--weightwatcher"] as const),
    ),
  ];
  return {
    commands: Object.fromEntries(COMMANDS.map((name) => [name, commandFact(name)])),
    columns: Object.fromEntries(
      columns.map(([column, weightwatcher]) => [column.name, { type: typeOf(column), weightwatcher }]),
    ),
    phases: Object.fromEntries(
      PHASES.map((phase) => [phase, LIGHT_PALETTE[`phase-${phase.replace("+", "-")}` as ColourToken]]),
    ),
    noPhase: LIGHT_PALETTE["phase-none"],
  };
}

describe("facts.json of the Python package", () => {
  // If they changed: npx vitest run test/python --mode dist -u
  it("has the command's options, columns and colours", async () => {
    await expect(`${JSON.stringify(facts(), null, 1)}\n`).toMatchFileSnapshot(FACTS);
  });

  it("knows what an option takes, and whether it repeats", () => {
    const { analyze, report, advise } = JSON.parse(readFileSync(FACTS, "utf8")).commands;
    expect(analyze.layers).toEqual({ flag: "--layers", takes: "value", repeats: true });
    expect(analyze.weightwatcher).toEqual({ flag: "--weightwatcher", takes: "maybe a value", repeats: false });
    expect(analyze.tails).toEqual({ flag: "--tails", takes: "nothing", repeats: false });
    expect(report.layers).toBeUndefined();
    expect(advise.for.takes).toBe("value");
  });

  it("knows the columns with WeightWatcher's values, and what columns hold", () => {
    const { columns } = JSON.parse(readFileSync(FACTS, "utf8"));
    expect(columns.stable_rank).toEqual({ type: "number", weightwatcher: true });
    expect(columns.mp_soft_rank).toEqual({ type: "number", weightwatcher: false });
    expect(columns.mp_softrank).toEqual({ type: "number", weightwatcher: true });
    expect([columns.phase.type, columns.alpha_valid.type, columns.phase_path.type]).toEqual([
      "string",
      "boolean",
      "other",
    ]);
  });
});
