import { readFileSync } from "node:fs";
import { createWasmEngine } from "../../spectra/index.js";
import { type BlasLibrary, openBlasLibrary } from "./blas-library.js";
import { disagreement } from "./cross-check.js";
import type { ProbeAnswer } from "./library-report.js";
import { createNativeEngine } from "./native-engine.js";

// A child process: tries the libraries named by its arguments in turn until one exists, checks that one against the
// embedded engine, and reports the result. It opens no second one: two libraries in one process may use each other's
// symbols.

for (const path of process.argv.slice(2)) {
  const result = await probe(path);
  await new Promise((sent) => process.send?.({ path, result } satisfies ProbeAnswer, sent));
  if (result.outcome !== "missing") break;
}
process.exit(0);

async function probe(path: string): Promise<ProbeAnswer["result"]> {
  const before = new Set(mappedFiles());
  let library: BlasLibrary;
  try {
    library = await openBlasLibrary(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return {
      outcome: /no such file|cannot open shared object|could not be found|image not found/i.test(reason)
        ? "missing"
        : "refused",
      reason,
    };
  }
  try {
    const found = disagreement(createNativeEngine(library), createWasmEngine());
    if (found !== null) return { outcome: "refused", reason: `it disagrees with the embedded engine: ${found}` };
  } catch (cause) {
    return { outcome: "refused", reason: cause instanceof Error ? cause.message : String(cause) };
  }
  const file = mappedFiles().find((name) => !before.has(name) && /blas|mkl|accelerate/i.test(name)) ?? null;
  const { naming, int64, config, core, reduction } = library;
  return { outcome: "usable", found: { file, naming, int64, config, core, reduction } };
}

/** Files mapped into this process; empty on systems that do not report them. */
function mappedFiles(): string[] {
  try {
    return [...new Set(readFileSync("/proc/self/maps", "utf8").match(/\/\S+$/gm) ?? [])];
  } catch {
    return [];
  }
}
