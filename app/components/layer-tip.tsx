import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LayerPhase, numberText, SmallSpectrum, shapeText, type ViewLayer } from "#eigenscope/report/view/index.js";
import { marked } from "../state/marked.js";

/** Pixels between the card and what it belongs to. */
const GAP = 8;
/** The card's size, for its place: style.ts. */
const [WIDTH, HEIGHT] = [310, 150];

interface Tip {
  readonly layer: number;
  readonly left: number;
  readonly top: number;
}

/**
 * Marks a layer everywhere while the pointer or the focus is on it anywhere, and shows its card there. The card repeats
 * what the element's own name and the layer's page say: it is hidden from screen readers.
 */
export function LayerTip({ layers }: { layers: readonly ViewLayer[] }): JSX.Element | null {
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => {
    let x = -1;
    let y = -1;
    let shown: { readonly element: Element; readonly top: number; readonly left: number } | null = null;
    const follow = (event: PointerEvent | FocusEvent): void => {
      if (event instanceof PointerEvent) {
        // The page moved under a pointer that rests: what it is over now was not chosen by anybody.
        if (event.clientX === x && event.clientY === y) return;
        [x, y] = [event.clientX, event.clientY];
      }
      const target = event.target as Element;
      const element = target.closest<HTMLElement>("main [data-layer]");
      // A chart marks its own points, and says them itself.
      const isChart = target.closest(".chart-box") !== null;
      if (element === null && event.type === "pointerover" && !isChart) marked.value = null;
      if (element === null || isChart) hide();
      else {
        const { left, top } = element.getBoundingClientRect();
        shown = { element, left, top };
        marked.value = Number(element.dataset.layer);
        setTip({ layer: marked.value, ...placeBeside(element) });
      }
    };
    const hide = (): void => {
      shown = null;
      setTip(null);
    };
    // A scroll that came to rest before the card was shown may be told only after it.
    const onScroll = (): void => {
      if (shown === null) return;
      const { left, top } = shown.element.getBoundingClientRect();
      if (left !== shown.left || top !== shown.top) hide();
    };
    const remember = (event: PointerEvent): void => {
      [x, y] = [event.clientX, event.clientY];
    };
    addEventListener("pointerover", follow);
    addEventListener("pointermove", remember, { passive: true });
    addEventListener("focusin", follow);
    addEventListener("scroll", onScroll, { passive: true, capture: true });
    return () => {
      removeEventListener("pointerover", follow);
      removeEventListener("pointermove", remember);
      removeEventListener("focusin", follow);
      removeEventListener("scroll", onScroll, { capture: true });
    };
  }, []);
  useSignalEffect(() => {
    if (marked.value === null) setTip(null);
  });
  const layer = tip === null ? undefined : layers[tip.layer];
  if (tip === null || layer === undefined) return null;
  return (
    <div class="tip" aria-hidden="true" style={{ left: `${tip.left}px`, top: `${tip.top}px` }}>
      <b class="mono">{layer.short}</b> <span class="quiet">{layer.block}</span>
      <SmallSpectrum layer={layer} width={286} height={44} />
      {layer.record === null ? (
        <p>still to come</p>
      ) : (
        <>
          <p>
            <LayerPhase record={layer.record} size={12} />
          </p>
          <p class="quiet">
            {alphaText(layer)}, {shapeText(layer.outline.shape, "×")}
          </p>
        </>
      )}
      {layer.findings[0] !== undefined && <p>{layer.findings[0].what}</p>}
    </div>
  );
}

/** Below the element, or above it where there is no room. */
function placeBeside(element: Element): Pick<Tip, "left" | "top"> {
  const { left, top, bottom } = element.getBoundingClientRect();
  return {
    left: Math.max(GAP, Math.min(left, innerWidth - WIDTH - GAP)),
    top: bottom + GAP + HEIGHT < innerHeight ? bottom + GAP : Math.max(GAP, top - GAP - HEIGHT),
  };
}

function alphaText({ record }: ViewLayer): string {
  if (record === null || !record.alpha_valid || record.alpha === null) return "alpha n/a";
  const { alpha, alpha_low: low, alpha_high: high } = record;
  const range = low === null || high === null ? "" : ` (${numberText(low, 2)} to ${numberText(high, 2)})`;
  return `alpha ${numberText(alpha, 2)}${range}`;
}
