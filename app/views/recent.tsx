import type { JSX } from "preact";

/** Results that this browser keeps. */
export function Recent(): JSX.Element {
  return <p class="note">Results (not weights) are kept in this browser.</p>;
}
