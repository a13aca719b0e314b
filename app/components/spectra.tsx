import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  type Block,
  BlockRow,
  blocksOf,
  commonDecades,
  type DecadesFromMedian,
  PHASE_LABELS,
  plural,
  STYLE,
  type ViewLayer,
} from "#eigenscope/report/view/index.js";
import { markElements } from "../state/marked.js";
import { onlyOnChange } from "./only-on-change.js";

/** Above so many layers each block is one strip of phases, and its spectra are drawn when it is opened. */
const MAX_UNFOLDED = 400;
/** Longer blocks, and layers without a block, are cut in rows of so many. */
const MAX_ROW = 48;

interface SpectraProps {
  readonly layers: readonly ViewLayer[];
  readonly href: (layer: ViewLayer) => string;
  /** Each spectrum on an axis of its own. */
  readonly own: boolean;
  readonly shown: ReadonlySet<ViewLayer>;
}

/** All spectra by blocks. A row is drawn when it comes near the view; many blocks are folded. */
export function Spectra({ layers, href, own, shown }: SpectraProps): JSX.Element {
  const axis = useMemo(() => (own ? null : commonDecades(layers.map(({ picture }) => picture))), [layers, own]);
  const blocks = useMemo(() => blocksOf(layers).flatMap(cut), [layers]);
  const dimmed = (layer: ViewLayer): boolean => !shown.has(layer);
  if (layers.length <= MAX_UNFOLDED)
    return (
      <div class="spectra">
        {blocks.map((block) => (
          <NearRow key={block.layers[0].index} {...{ block, axis, href, dimmed, alone: blocks.length === 1 }} />
        ))}
      </div>
    );
  return (
    <div class="spectra folded">
      {blocks.map((block) => (
        <FoldedBlock key={block.layers[0].index} {...{ block, axis, href, dimmed }} />
      ))}
    </div>
  );
}

/** A block in rows that a screen can hold. The name says which part each one is. */
function cut(block: Block): Block[] {
  const { name, layers } = block;
  if (layers.length <= MAX_ROW) return [block];
  return Array.from({ length: Math.ceil(layers.length / MAX_ROW) }, (_, k) => {
    const part = layers.slice(k * MAX_ROW, (k + 1) * MAX_ROW);
    const range = `${part[0].index + 1} to ${part[part.length - 1].index + 1}`;
    return { name: name === "" ? `layers ${range}` : `${name}, ${range}`, layers: part };
  });
}

interface RowProps {
  readonly block: Block;
  readonly axis: DecadesFromMedian | null;
  readonly href: (layer: ViewLayer) => string;
  readonly dimmed: (layer: ViewLayer) => boolean;
  /** Whether there is no other block. */
  readonly alone?: boolean;
}

/** Rows this far outside the view are drawn. */
const NEAR = "600px 0px";

/** A row that is drawn from the time when it is near the view. It has its size before: nothing moves below it. */
function NearRow(props: RowProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(typeof IntersectionObserver === "undefined");
  useEffect(() => {
    if (near || place.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setNear(true),
      { rootMargin: NEAR },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [near]);
  useLayoutEffect(() => {
    if (near) markElements();
  }, [near]);
  return (
    <div ref={place}>
      <BlockRow {...props} drawn={near} />
    </div>
  );
}

/** A block as one strip of phases; a press draws its spectra below it. */
function FoldedBlock(props: RowProps): JSX.Element {
  const { name } = props.block;
  // The same array as long as the same layers are in it: a step of the work draws the blocks that it changed.
  const layers = useSame(props.block.layers);
  const [open, setOpen] = useState(false);
  const toggle = useCallback(() => setOpen((before) => !before), []);
  const first = layers[0].index;
  const faint = layers.every(props.dimmed);
  useLayoutEffect(() => {
    if (open) markElements();
  }, [open]);
  return (
    <div
      class={`fold${open ? " open" : ""}${faint ? " dim" : ""}`}
      data-first={first}
      data-last={first + layers.length - 1}
    >
      <FoldedHead {...{ name, layers, open, toggle }} />
      {open && <BlockRow {...props} />}
    </div>
  );
}

/** The button of a folded block: its name, what is in it, and its strip of phases. */
const FoldedHead = onlyOnChange(
  ({ name, layers, open, toggle }: Block & { readonly open: boolean; readonly toggle: () => void }) => {
    const flagged = layers.filter(({ findings }) => findings.some(({ severity }) => severity !== "note")).length;
    return (
      <button type="button" aria-expanded={open} onClick={toggle}>
        <span class="between">
          <b>{name === "" ? "other layers" : name}</b>
          <span>
            {flagged > 0 && `${flagged} worth a look, `}
            {plural(layers.length, "layer")}
          </span>
        </span>
        <PhaseStripes layers={layers} />
      </button>
    );
  },
);

/** The array that was given before, if its elements are the same. */
function useSame<Item>(items: readonly Item[]): readonly Item[] {
  const kept = useRef(items);
  const same = kept.current.length === items.length && items.every((item, k) => item === kept.current[k]);
  if (!same) kept.current = items;
  return kept.current;
}

/** Each layer a stripe in the colour of its phase: one background, whatever the number of layers. */
function PhaseStripes({ layers }: { layers: readonly ViewLayer[] }): JSX.Element {
  const { background, words } = stripesOf(layers);
  return (
    <>
      <i class="stripes" style={{ background }} />
      <span class="hidden">{words}</span>
    </>
  );
}

function stripesOf(layers: readonly ViewLayer[]) {
  const end = (k: number): string => `${((100 * k) / layers.length).toFixed(2)}%`;
  const stops = layers.map(({ label }, k) => {
    const colour = label === null || !STYLE[label].isPhase ? "var(--line)" : STYLE[label].colour;
    return `${colour} ${end(k)} ${end(k + 1)}`;
  });
  const counts = PHASE_LABELS.map((label) => [label, layers.filter((layer) => layer.label === label).length] as const)
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `${count} ${label}`);
  return { background: `linear-gradient(90deg,${stops.join()})`, words: counts.join(", ") };
}
