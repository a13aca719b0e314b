import { renderLabPage } from "../../lab/index.js";
import type { Sweep } from "./sweep-folder.js";
import { readResults } from "./sweep-results.js";

/**
 * The page of a sweep as one self-contained HTML text: what `eigenscope lab report` writes. A sweep that is still
 * running gives the page of what is done so far. Rejects with a `FormatError` if stored eigenvalues are missing or
 * broken.
 */
export async function sweepPage(sweep: Sweep): Promise<string> {
  // The DOM for the charts takes a while to load, and nothing else of the lab needs it.
  const { parseHTML } = await import("linkedom");
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  return renderLabPage(await readResults(sweep), { document: document as unknown as Document });
}
