import { effect, signal } from "@preact/signals";

/** The layer under the pointer or the keys, by its place: it is marked everywhere. null: none. */
export const marked = signal<number | null>(null);

/** The attribute of what is marked now. It is set here and not by the views: a mark must not draw 3,000 layers anew. */
const MARK = "data-marked";

/**
 * Marks everything in the document that shows the layer: elements with `data-layer`, and folded blocks that hold it
 * (`data-first` to `data-last`). A view calls it when it has drawn elements that were not there before.
 */
export function markElements(): void {
  for (const element of document.querySelectorAll(`[${MARK}]`)) element.removeAttribute(MARK);
  const index = marked.value;
  if (index === null) return;
  for (const element of document.querySelectorAll(`[data-layer="${index}"]`)) element.setAttribute(MARK, "");
  for (const fold of document.querySelectorAll<HTMLElement>("[data-first]"))
    if (index >= Number(fold.dataset.first) && index <= Number(fold.dataset.last)) fold.setAttribute(MARK, "");
}

effect(markElements);
