/** Runs over a queue: what is submitted, who works, how far it is. Loads no package of the queue by itself. */
export { placeAt } from "../run/place-at.js";
export type { RunPlace } from "../run/run-place.js";
export { isS3Address } from "../s3/s3-address.js";
export { allowedBy } from "./allowed.js";
export { cancelRun } from "./cancel.js";
export { type DeadJob, deadJobs, retryDead } from "./dead-jobs.js";
export { type FleetStatus, fleetStatus, type QueueStatus, queueStatus } from "./fleet-status.js";
export { runWorker } from "./fleet-worker.js";
export { DEFAULT_POLICY, type JobPolicy } from "./layer-jobs.js";
export { type OpenQueue, openQueue } from "./queue.js";
export { queueAddress } from "./queue-address.js";
export { type Submitted, submit, untilSettled } from "./submit.js";
export type { WorkerEvent } from "./worker-event.js";
