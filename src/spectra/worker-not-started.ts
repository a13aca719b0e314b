/**
 * A worker failed before it answered anything: its file is missing, or the host gives no further thread. Another would
 * fail too.
 */
export class WorkerNotStarted extends Error {
  override readonly name = "WorkerNotStarted";
}
