import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { LayerPhase, numberText, SmallSpectrum, shapeText, type ViewLayer } from "#eigenscope/report/view/index.js";
import { markElements } from "../state/marked.js";
import { useRows } from "./use-rows.js";

/** Height of a card in pixels: style.ts. */
const CARD_HEIGHT = 72;

/** The layers as cards, for narrow windows: only those in view are in the document. */
export function LayerCards({
  rows,
  href,
  children,
}: {
  rows: readonly ViewLayer[];
  href: (layer: ViewLayer) => string;
  children?: ComponentChildren;
}): JSX.Element {
  const box = useRef<HTMLElement>(null);
  const view = useRows(box, rows.length, CARD_HEIGHT);
  useLayoutEffect(markElements, [view.first, view.last]);
  return (
    <nav class="cards" ref={box} tabIndex={0} aria-labelledby="layers">
      <div style={{ height: `${view.before}px` }} />
      {rows.slice(view.first, view.last).map((layer) => (
        <Card key={layer.index} layer={layer} href={href(layer)} />
      ))}
      <div style={{ height: `${view.after}px` }} />
      {children}
    </nav>
  );
}

function Card({ layer, href }: { layer: ViewLayer; href: string }): JSX.Element {
  const { short, block, record, outline, index } = layer;
  const alpha =
    record === null ? "…" : record.alpha_valid && record.alpha !== null ? `α ${numberText(record.alpha, 2)}` : "α n/a";
  return (
    <a class="card" href={href} data-layer={index}>
      <SmallSpectrum layer={layer} width={72} height={40} />
      <span class="what">
        <b class="mono">{short}</b>
        <span class="small">{record === null ? "still to come" : <LayerPhase record={record} size={12} />}</span>
        <span class="quiet smaller">
          {block !== "" && `${block}, `}
          {shapeText(outline.shape, "×")}
        </span>
      </span>
      <span class="num">{alpha}</span>
    </a>
  );
}
