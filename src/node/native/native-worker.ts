import { freemem, totalmem } from "node:os";
import { spectralService } from "../../spectra/index.js";
import { openBlasLibrary } from "./blas-library.js";
import { createNativeEngine } from "./native-engine.js";

// A child process of the native pool: the engine over the library named by its argument.

/** The fraction of the machine's memory that a matrix may use. */
const MAX_MEMORY_FRACTION = 0.8;

const service = openBlasLibrary(process.argv[2]).then((library) => {
  const engine = createNativeEngine(library, { memory: Math.max(freemem(), MAX_MEMORY_FRACTION * totalmem()) });
  return spectralService((message) => void process.send?.(message), { create: () => engine });
});

// Messages arrive before the library is open; each waits for it.
let last = service.then(() => {});
process.on("message", (message) => {
  last = Promise.all([service, last]).then(([handle]) => handle(message as Parameters<typeof handle>[0]));
});
// The parent has exited.
process.on("disconnect", () => process.exit(0));
