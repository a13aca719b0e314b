// Start-up: commands on a tiny file, in processor time, beside an empty node process.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { interleaved, timedCommand, writeModel } from "../measure.mjs";
import { timesAsLong } from "./row.mjs";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** Short runs: more of them. */
const ROUNDS_EACH = 3;

/** @param {import("./row.mjs").Bench} bench */
export async function startUp({ turns, folder }) {
  const empty = join(folder, "empty.mjs");
  writeFileSync(empty, "");
  const tiny = writeModel(join(folder, "tiny.safetensors"), [
    ["a.weight", 64, 32],
    ["b.weight", 32, 10],
  ]);
  const node = (...args) => timedCommand(process.execPath, args);
  // The first round fills the code cache.
  const seconds = await interleaved(
    {
      empty: () => node(empty),
      describe: () => node(MAIN, "describe", tiny),
      analyze: () => node(MAIN, "analyze", tiny),
    },
    { ...turns, rounds: ROUNDS_EACH * turns.rounds },
  );
  return [
    ["describe", "<= 2.0"],
    ["analyze", "<= 3.0"],
  ].map(([command, wanted]) => {
    const [ours, peer] = [seconds[command].processor, seconds.empty.processor];
    return {
      row: `\`${command}\` of a tiny file`,
      unit: "s CPU",
      ours,
      peer,
      beside: "an empty node process",
      ratio: timesAsLong(ours, peer),
      wanted,
    };
  });
}
