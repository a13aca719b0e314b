import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { switchTheme } from "../state/theme.js";

export const helpOpen = signal(false);

/** What a key does in the view that is shown. A view sets its own while it is mounted. */
export type KeyActions = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const ofViews: KeyActions[] = [];

/** Keys of a view, as long as it is mounted. */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const entry: KeyActions = new Proxy({}, { get: (_, key) => latest.current[key as string] });
    ofViews.push(entry);
    return () => {
      ofViews.splice(ofViews.indexOf(entry), 1);
    };
  }, []);
}

const WORDS: readonly (readonly [string, string])[] = [
  ["/", "find a layer: name, block, phase, or a rule such as alpha < 2"],
  ["j  k", "next and previous layer"],
  ["Enter", "open the marked layer"],
  ["Esc", "back to where the page stood"],
  ["x", "next axes of the spectrum"],
  ["← →", "move the reading point of a chart"],
  ["e", "export"],
  ["t", "light or dark"],
  ["?", "this list"],
];

const ALWAYS: KeyActions = {
  t: switchTheme,
  e: () => document.querySelector<HTMLButtonElement>("[data-export]")?.click(),
  "?": () => {
    helpOpen.value = true;
  },
};

/** Listens for keys. No single key acts while an input has the focus, or with Ctrl, Alt or Meta. */
export function Keys(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      const typing = target instanceof Element && target.closest("input, select, textarea, dialog") !== null;
      if (typing || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      const action = ofViews.at(-1)?.[key] ?? ALWAYS[key];
      action?.(event);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  useEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
  }, [helpOpen.value]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="keys-title"
      onClose={() => {
        helpOpen.value = false;
      }}
    >
      <h2 id="keys-title">Keys</h2>
      <dl class="key-numbers">
        {WORDS.map(([key, what]) => (
          <>
            <dt>{what}</dt>
            <dd>
              <kbd>{key}</kbd>
            </dd>
          </>
        ))}
      </dl>
      <p class="note">
        Everything is computed in this page. Nothing is sent anywhere, and nothing in a file is executed.
      </p>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  );
}
