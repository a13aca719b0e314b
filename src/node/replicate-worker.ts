import { parentPort } from "node:worker_threads";
import { drawReplicates } from "../analysis/replicator.js";
import type { ShareTask } from "./worker-replicator.js";

const port = parentPort;
if (port === null) throw new Error("replicate-worker runs only as a worker thread");
port.on("message", ({ values, share }: ShareTask) => {
  const drawn = drawReplicates(values, share);
  port.postMessage(drawn, [drawn.alpha.buffer as ArrayBuffer, drawn.xmin.buffer as ArrayBuffer, drawn.distances.buffer as ArrayBuffer]);
});
