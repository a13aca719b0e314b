import { MAX_PROGRESS_NOTES } from "./limits.js";

/** Tells a client how far a call is. */
export type Tell = (note: { readonly progress: number; readonly total: number; readonly message: string }) => void;

/** How far a call is: `done` of `total`, in any unit, and the same in words. */
export type Report = (done: number, total: number, message: string) => void;

/** Tells only what has grown, and at most `MAX_PROGRESS_NOTES` times: the protocol asks for both. */
export function thinnedOut(tell: Tell): Report {
  let told = 0;
  return (done, total, message) => {
    const step = total > 0 ? Math.floor((MAX_PROGRESS_NOTES * done) / total) : 0;
    if (step <= told) return;
    told = step;
    tell({ progress: done, total, message });
  };
}
