// Compiled code is kept when a thread has done what it runs for. The loader is bundled apart from the workers that know
// when that is: they meet at a property of the thread's global object.

const SAVING = Symbol.for("eigenscope.saveCompiledCode");

interface Thread {
  [SAVING]?: { readonly save?: () => void };
}

/**
 * What to do once when the work is done. A later call replaces it. `atExit`: at the end of the process, if all went
 * well.
 */
export function whenWorkDone(save: () => void, atExit: boolean): void {
  const thread = globalThis as Thread;
  if (thread[SAVING] === undefined && atExit) process.once("exit", (code) => code === 0 && workDone());
  thread[SAVING] = { save };
}

/** Keeps the code that was compiled so far, once. A worker calls it after its first task. */
export function workDone(): void {
  const thread = globalThis as Thread;
  const save = thread[SAVING]?.save;
  thread[SAVING] = {};
  save?.();
}
