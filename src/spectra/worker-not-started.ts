/**
 * A worker failed before it sent any answer: its file is missing, or the host allows no further thread. Another would
 * fail too.
 */
export class WorkerNotStarted extends Error {
  override readonly name = "WorkerNotStarted";
}
