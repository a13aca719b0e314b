import { PRESET_NAMES, planSweep, preset, presetText } from "../lab/index.js";
import { wrap } from "../report/text-parts.js";
import { EXIT, UsageError } from "./exit-codes.js";
import { writeStdout } from "./stdout.js";
import { readTerminal } from "./terminal.js";

/**
 * `eigenscope lab list`: lists the presets, or prints one as a file to start from. Throws `UsageError` for an unknown
 * name.
 */
export function labListCommand(name: string | undefined): number {
  if (name !== undefined) {
    const text = presetText(name);
    if (text === undefined)
      throw new UsageError(`there is no preset "${name}"; the presets are ${PRESET_NAMES.join(", ")}`);
    writeStdout(text);
    return EXIT.done;
  }
  const { width } = readTerminal({ color: false, progress: false, quiet: false }, process);
  const column = Math.max(...PRESET_NAMES.map((preset) => preset.length)) + 2;
  for (const preset of PRESET_NAMES) {
    const lines = wrap(sentenceOf(preset), width, { first: preset.padEnd(column), rest: " ".repeat(column) });
    writeStdout(`${lines.join("\n")}\n`);
  }
  return EXIT.done;
}

function sentenceOf(name: string): string {
  const experiment = preset(name)!;
  const runs = planSweep(experiment).length;
  return (
    `${experiment.description} ${runs === 1 ? "One training" : `${runs} trainings`} on ` +
    `${experiment.base.data.set}.`
  );
}
