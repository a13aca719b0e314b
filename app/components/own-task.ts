/**
 * A function that has `work` done in a task of its own, once for all calls until then. What an event changes at once,
 * and what follows from it, are two short tasks, between which the page is drawn, and not one long one.
 */
export function inOwnTask(work: () => void): () => void {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    setTimeout(() => {
      waits = false;
      work();
    });
  };
}
