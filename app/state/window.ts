import { signal } from "@preact/signals";

const narrow = matchMedia("(max-width: 720px)");

/** Whether the window is as narrow as a phone's: the same limit as in style.ts. */
export const onPhone = signal(narrow.matches);
narrow.addEventListener("change", ({ matches }) => {
  onPhone.value = matches;
});
