import { renderLabPage } from "../../lab/index.js";
import type { Sweep } from "./sweep-folder.js";
import { readResults } from "./sweep-results.js";

/**
 * The page of a sweep as one self-contained HTML text: what `eigenscope lab report` writes. A sweep that is still
 * running gives the page of what is done so far. Rejects with a `FormatError` if stored eigenvalues are missing or
 * broken.
 */
export async function sweepPage(sweep: Sweep): Promise<string> {
  return renderLabPage(await readResults(sweep));
}
