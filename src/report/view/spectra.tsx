import type { JSX } from "preact";
import { commonDecades, type DecadesFromMedian } from "../charts/small-spectrum.js";
import { numberText, plural } from "../number-text.js";
import { breakable } from "./breakable.js";
import { distinctEnds } from "./layer-names.js";
import { PhaseMark } from "./phase-mark.js";
import { SmallSpectrum } from "./small-spectrum.js";
import type { ViewLayer } from "./view-layer.js";

/** Layers of one row of the overview: a block. */
export interface Block {
  readonly name: string;
  readonly layers: readonly ViewLayer[];
}

/** The layers by blocks, in the order of the first layer of each. Neighbours without a block are together. */
export function blocksOf(layers: readonly ViewLayer[]): Block[] {
  const blocks: { name: string; layers: ViewLayer[] }[] = [];
  for (const layer of layers) {
    const last = blocks.at(-1);
    if (last?.name === layer.block) last.layers.push(layer);
    else blocks.push({ name: layer.block, layers: [layer] });
  }
  return blocks;
}

/** All spectra, one row per block. Cells keep their places: those that a filter leaves out are dimmed. */
export function AllSpectra({
  layers,
  href,
  own = false,
  dimmed = () => false,
  idOf = () => undefined,
}: {
  layers: readonly ViewLayer[];
  href: (layer: ViewLayer) => string;
  own?: boolean;
  dimmed?: (layer: ViewLayer) => boolean;
  /** Ids of the pictures, where a table shows them again. */
  idOf?: (layer: ViewLayer) => string | undefined;
}): JSX.Element {
  const blocks = blocksOf(layers);
  const axis = own ? null : commonDecades(layers.map(({ picture }) => picture));
  return (
    <div class="spectra">
      {blocks.map((block) => (
        <BlockRow key={block.layers[0].index} {...{ block, axis, href, dimmed, idOf, alone: blocks.length === 1 }} />
      ))}
    </div>
  );
}

export function BlockRow({
  block: { name, layers },
  axis,
  href,
  dimmed,
  idOf,
  alone = false,
  drawn = true,
}: {
  block: Block;
  axis: DecadesFromMedian | null;
  href: (layer: ViewLayer) => string;
  dimmed: (layer: ViewLayer) => boolean;
  /** Whether there is no other block. */
  alone?: boolean;
  idOf?: (layer: ViewLayer) => string | undefined;
  /** Without: cells of the same size with nothing in them, for a row that nobody sees yet. */
  drawn?: boolean;
}): JSX.Element {
  // The row says which block it is: its cells need not.
  const titles = name === "" ? null : distinctEnds(layers.map(({ short }) => short));
  return (
    <div class="row">
      <div class="block">
        {name === "" ? (alone ? "layers" : "other layers") : breakable(name)}
        <small>{plural(layers.length, "layer")}</small>
      </div>
      <div class="cells">
        {layers.map((layer, k) =>
          drawn ? (
            <SpectrumCell
              key={layer.index}
              {...{ layer, axis }}
              title={titles?.[k] ?? layer.short}
              href={href(layer)}
              dim={dimmed(layer)}
              id={idOf?.(layer)}
            />
          ) : (
            <EmptyCell key={layer.index} />
          ),
        )}
      </div>
    </div>
  );
}

/** Size of a spectrum in the overview. */
export const CELL = { width: 108, height: 40 } as const;

/** As large as a spectrum and its caption. */
function EmptyCell(): JSX.Element {
  return (
    <span class="cell">
      <svg class="glyph" {...CELL} viewBox={`0 0 ${CELL.width} ${CELL.height}`} aria-hidden="true" />
      <span class="caption">&nbsp;</span>
    </span>
  );
}

export function SpectrumCell({
  layer,
  href,
  title = layer.short,
  axis = null,
  dim = false,
  on = false,
  id,
}: {
  layer: ViewLayer;
  href: string;
  /** Its name beside the others here. */
  title?: string;
  axis?: DecadesFromMedian | null;
  dim?: boolean;
  on?: boolean;
  /** Of the picture. */
  id?: string | undefined;
}): JSX.Element {
  const { label, record, findings } = layer;
  const flagged = findings.some(({ severity }) => severity !== "note");
  const alpha = record?.alpha_valid && record.alpha !== null ? `α ${numberText(record.alpha, 2)}` : null;
  // It begins with the words that are seen, so that a voice can name them.
  const whole = title === layer.outline.name ? "" : `, ${layer.outline.name}`;
  const phase = label ?? "still to come";
  const name = `${title}${alpha === null ? "" : ` ${alpha}`}, ${phase}${whole}${flagged ? ", worth a look" : ""}`;
  return (
    <a
      href={href}
      class={`cell${dim ? " dim" : ""}${on ? " on" : ""}`}
      data-layer={layer.index}
      aria-label={name}
      {...(on && { "aria-current": "true" as const })}
    >
      <SmallSpectrum layer={layer} {...CELL} axis={axis} id={id} />
      <span class="caption">
        <b title={layer.outline.name}>{title}</b>{" "}
        {record !== null && label !== null && <span class="num">{alpha ?? <PhaseMark label={label} size={9} />}</span>}
      </span>
      {flagged && <i class="flag" />}
    </a>
  );
}
