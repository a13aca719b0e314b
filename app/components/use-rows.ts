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

/** Before the box is measured. */
const FIRST_ROWS = 20;

/** The part of a long list that is in view, and the heights in pixels of what is before and after it. */
export interface RowsInView {
  readonly first: number;
  /** After the last one in view. */
  readonly last: number;
  readonly before: number;
  readonly after: number;
  /** Whether the list is being scrolled so fast that none of these rows was in view before. */
  readonly isJump: boolean;
}

/** Follows the scrolling of a box with rows of one height. */
export function useRows(box: { readonly current: HTMLElement | null }, count: number, height: number): RowsInView {
  const [, changed] = useState(0);
  const shown = useRef<readonly [first: number, last: number]>([0, 0]);
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
  const [start, end] = [items[0], items.at(-1)];
  const known = start !== undefined && end !== undefined;
  const [first, last] = known ? [start.index, end.index + 1] : [0, Math.min(count, FIRST_ROWS)];
  const previous = shown.current;
  shown.current = [first, last];
  const isJump = rows.isScrolling && (first >= previous[1] || last <= previous[0]);
  return { first, last, before: first * height, after: (count - last) * height, isJump };
}
