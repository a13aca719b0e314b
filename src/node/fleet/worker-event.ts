/** What a worker tells while it works. */
export type WorkerEvent =
  | { readonly kind: "ready"; readonly queue: string; readonly jobs: number }
  | {
      readonly kind: "layer";
      readonly run: string;
      readonly name: string;
      readonly attempt: number;
      readonly ms: number;
    }
  | { readonly kind: "report"; readonly run: string; readonly state: "written" | "waits" | "cancelled" }
  /** `isLast`: the queue gives the job up. */
  | {
      readonly kind: "failed";
      readonly run: string;
      readonly name: string;
      readonly reason: string;
      readonly isLast: boolean;
    }
  /** A job whose lock was lost: another worker does it too. */
  | { readonly kind: "stalled"; readonly id: string }
  | { readonly kind: "queue"; readonly reason: string }
  | { readonly kind: "ended"; readonly layers: number; readonly longestDelayMs: number; readonly reason?: string };
