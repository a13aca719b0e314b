import { signal } from "@preact/signals";
import type { JSX } from "preact";

const text = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;
const SHOWN_MS = 2500;

/** Says something for a moment: "Copied". */
export function say(message: string): void {
  text.value = message;
  clearTimeout(timer);
  timer = setTimeout(() => {
    text.value = "";
  }, SHOWN_MS);
}

export function Toast(): JSX.Element {
  return (
    <div role="status" aria-live="polite">
      {text.value !== "" && <div class="toast">{text.value}</div>}
    </div>
  );
}
