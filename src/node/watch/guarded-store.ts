import type { Outcome, OutcomeStore } from "../../analysis/store/outcome.js";

/**
 * A store in front of another one: what is put is kept only if `isUnchanged` says so after it was computed. Outcomes
 * that come while one question runs wait for the next, which is asked once for all of them. When it says no, nothing
 * more is kept, `onChanged` is called, and every put rejects.
 */
export function guardedStore(
  store: OutcomeStore,
  { isUnchanged, onChanged }: { readonly isUnchanged: () => Promise<boolean>; readonly onChanged: () => void },
): OutcomeStore {
  let asking: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let hasChanged = false;
  const ask = async (): Promise<void> => {
    if (hasChanged || (await isUnchanged())) return;
    hasChanged = true;
    onChanged();
  };
  /** Asks behind the question that runs: its answer may be older than the outcome. */
  const asked = (): Promise<void> => {
    next ??= asking.then(() => {
      next = undefined;
      const question = ask();
      asking = question.catch(() => {});
      return question;
    });
    return next;
  };
  return {
    get: (key) => store.get(key),
    async put(outcome: Outcome) {
      await asked();
      if (hasChanged) throw new RangeError("the checkpoint was changed while it was read");
      await store.put(outcome);
    },
  };
}
