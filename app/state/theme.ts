import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEY = "eigenscope.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** The reader's choice; null follows the system. */
const chosen = signal<Theme | null>(kept());
const ofSystem = signal<Theme>(system.matches ? "dark" : "light");
system.addEventListener("change", ({ matches }) => {
  ofSystem.value = matches ? "dark" : "light";
});

effect(() => {
  document.documentElement.dataset.theme = chosen.value ?? ofSystem.value;
});

export function switchTheme(): void {
  chosen.value = (chosen.value ?? ofSystem.value) === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // Private windows may refuse: the choice then lasts as long as the page.
  }
}

function kept(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "dark" || value === "light" ? value : null;
  } catch {
    return null;
  }
}
