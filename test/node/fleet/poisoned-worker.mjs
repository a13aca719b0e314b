// A worker that dies whenever it is given one layer, as by a crash of the engine:
// poisoned-worker.mjs <queue> <run> <allowed> <layer>
import { realpath } from "node:fs/promises";
import { allowedBy, openQueue, queueAddress, runWorker } from "../../../dist/node/fleet/index.js";

const [address, run, allowed, poison] = process.argv.slice(2);
const open = await openQueue(queueAddress(address));

class DyingWorker extends open.bull.Worker {
  constructor(name, work, options) {
    const dying = async (job, token) => {
      if (job.data.name === poison) process.kill(process.pid, "SIGKILL");
      return work(job, token);
    };
    super(name, dying, options);
  }
}

await runWorker(
  { ...open, bull: { ...open.bull, Worker: DyingWorker } },
  {
    ...{ allow: await allowedBy([allowed]), runs: [await realpath(run)] },
    ...{ jobs: 1, lockMs: 500, untilEmpty: true, signal: new AbortController().signal },
    onEvent: () => {},
  },
);
await open.close();
