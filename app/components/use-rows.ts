import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from "@tanstack/virtual-core";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { inOwnTask } from "./own-task.js";

/** Rows beyond those in view on each side, and while the box is scrolled: then the others would be drawn in vain. */
const BEYOND = 6;
const BEYOND_WHILE_SCROLLING = 1;

/** The part of a long list that is in view, and the heights in pixels of what is before and after it. */
export interface RowsInView {
  readonly first: number;
  /** After the last one in view. */
  readonly last: number;
  readonly before: number;
  readonly after: number;
}

/** Follows the scrolling of a box with rows of one height. */
export function useRows(box: { readonly current: HTMLElement | null }, count: number, height: number): RowsInView {
  const [, changed] = useState(0);
  const made = useRef<Virtualizer<HTMLElement, Element> | null>(null);
  const draw = useRef(inOwnTask(() => changed((n) => n + 1)));
  const options: VirtualizerOptions<HTMLElement, Element> = {
    count,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: made.current?.isScrolling ? BEYOND_WHILE_SCROLLING : BEYOND,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: draw.current,
  };
  made.current ??= new Virtualizer(options);
  const rows = made.current;
  rows.setOptions(options);
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  const items = rows.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  return first === undefined || last === undefined
    ? { first: 0, last: Math.min(count, 20), before: 0, after: Math.max(0, count - 20) * height }
    : { first: first.index, last: last.index + 1, before: first.start, after: (count - last.index - 1) * height };
}
