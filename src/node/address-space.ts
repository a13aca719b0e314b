import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";

/** A limit on the addresses that this process may reserve (`ulimit -v`, usual in batch systems). */
export interface AddressSpace {
  readonly limitBytes: number;
  /**
   * The number of WebAssembly memories that can be reserved at once, up to the requested number. V8 reserves some 10
   * GiB for each, however small it is.
   */
  readonly memories: number;
}

/** Posts how many memories it could reserve, until it ends. Single quotes: the bundler changes require("..."). */
const PROBE = `
const { parentPort, workerData } = require('node:worker_threads');
const memories = [];
try {
  while (memories.length < workerData)
    memories.push(new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }));
} catch {}
parentPort.postMessage(memories.length);
`;

/**
 * The limit, and how many memories fit in it; null if there is no limit, or the system does not report it (only Linux
 * does).
 */
export async function limitedAddressSpace(most: number): Promise<AddressSpace | null> {
  const limitBytes = addressSpaceLimit(readLimits());
  return limitBytes === null ? null : { limitBytes, memories: await reservableMemories(most) };
}

/** Whether there is a limit. */
export function isAddressSpaceLimited(): boolean {
  return addressSpaceLimit(readLimits()) !== null;
}

/** The soft limit in the text of /proc/self/limits; null if it is unlimited or not listed. */
export function addressSpaceLimit(limits: string): number | null {
  const [, soft] = /^Max address space\s+(\d+)\s/m.exec(limits) ?? [];
  return soft === undefined ? null : Number(soft);
}

function readLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}

/** How many memories a thread of this process can reserve, up to `most`: none if no thread can be started. */
function reservableMemories(most: number): Promise<number> {
  return new Promise((resolve) => {
    let found = 0;
    const thread = new Worker(PROBE, { eval: true, workerData: most, execArgv: [], stdin: false });
    thread.on("message", (count: number) => {
      found = count;
    });
    thread.on("error", () => resolve(found));
    thread.on("exit", () => resolve(found));
  });
}
