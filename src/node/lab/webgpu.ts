import { type TrainEngine, webgpuEngine } from "../../lab/index.js";
import { WebgpuUnavailable } from "./webgpu-unavailable.js";

/** Provides WebGPU for Node. Its binaries for all platforms take 130 MB, so the user installs it. */
const PACKAGE = "webgpu";
/** The version that the engine is tested with. */
const TESTED = `${PACKAGE}@0.6.2`;

/**
 * The WebGPU engine on the adapter of this machine. Rejects with `WebgpuUnavailable` if the package or an adapter is
 * missing.
 */
export async function nodeWebgpuEngine(): Promise<TrainEngine> {
  const { create } = await loadPackage();
  try {
    return await webgpuEngine({ gpu: create([]) });
  } catch (cause) {
    throw new WebgpuUnavailable((cause as Error).message, { cause });
  }
}

/** The exports of the package that are used here. */
interface WebgpuPackage {
  /** WebGPU with Dawn's options, each `name=value`. */
  create(options: readonly string[]): GPU;
}

async function loadPackage(): Promise<WebgpuPackage> {
  try {
    return (await import(PACKAGE)) as WebgpuPackage;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    const reason = missing ? "is not installed" : `cannot be loaded (${(cause as Error).message})`;
    throw new WebgpuUnavailable(
      `the engine webgpu needs the package ${PACKAGE}, which ${reason}; try: npm install ${TESTED}`,
      { cause },
    );
  }
}
