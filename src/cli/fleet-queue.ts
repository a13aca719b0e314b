import { type OpenQueue, openQueue, queueAddress } from "../node/fleet/index.js";
import { UsageError } from "./exit-codes.js";

/** Where the queue is, by the flag or the environment. */
export interface QueueFlags {
  readonly queue?: string | undefined;
}

/** Whether a queue is named. */
export function isQueueNamed({ queue }: QueueFlags): boolean {
  return Boolean(queue ?? process.env.EIGENSCOPE_QUEUE);
}

/** Opens the queue for `use` and closes it; prints its warnings on stderr. Throws `UsageError` if none is named. */
export async function withQueue<Result>(
  { queue, quiet = false }: QueueFlags & { readonly quiet?: boolean },
  use: (open: OpenQueue) => Promise<Result>,
): Promise<Result> {
  const address = queue ?? process.env.EIGENSCOPE_QUEUE;
  if (!address)
    throw new UsageError("no queue is named; give --queue redis://host, or set the variable EIGENSCOPE_QUEUE");
  const open = await openQueue(queueAddress(address));
  if (!quiet) for (const warning of open.warnings) process.stderr.write(`eigenscope: ${warning}\n`);
  try {
    return await use(open);
  } finally {
    await open.close();
  }
}
