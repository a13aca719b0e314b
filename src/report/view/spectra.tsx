import type { JSX } from "preact";
import { numberText, plural } from "../number-text.js";
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

/** Decades around the median that hold nearly all spectra: the axis that they share. */
export function commonDomain(layers: readonly ViewLayer[]): readonly [number, number] {
  const ranges = layers.flatMap(({ picture }) => {
    if (picture?.histogram == null) return [];
    const { start, end } = picture.histogram;
    const middle = medianOf(picture.histogram);
    return [[start - middle, end - middle] as const];
  });
  if (ranges.length === 0) return [-1, 1];
  const low = ranges.map(([from]) => from).sort((a, b) => a - b);
  const high = ranges.map(([, to]) => to).sort((a, b) => b - a);
  return [low[Math.floor(ranges.length * BEYOND)], high[Math.floor(ranges.length * BEYOND)]];
}

/** Share of the spectra that may reach beyond the common axis on each side. */
const BEYOND = 0.05;

/** The median of log10 lambda, from the bins of a histogram. */
export function medianOf({ start, end, bins }: NonNullable<NonNullable<ViewLayer["picture"]>["histogram"]>): number {
  const half = bins.reduce((sum, bin) => sum + bin, 0) / 2;
  let sum = 0;
  const k = bins.findIndex((bin) => (sum += bin) >= half);
  const into = bins[k] === 0 ? 0 : 1 - (sum - half) / bins[k];
  return start + ((end - start) * (k + into)) / bins.length;
}

/** All spectra, one row per block. Cells keep their places: those that a filter leaves out are dimmed. */
export function AllSpectra({
  layers,
  href,
  own = false,
  dimmed = () => false,
}: {
  layers: readonly ViewLayer[];
  href: (layer: ViewLayer) => string;
  own?: boolean;
  dimmed?: (layer: ViewLayer) => boolean;
}): JSX.Element {
  const domain = commonDomain(layers);
  return (
    <div class="spectra">
      {blocksOf(layers).map((block) => (
        <BlockRow key={block.layers[0].index} {...{ block, domain, href, own, dimmed }} />
      ))}
    </div>
  );
}

export function BlockRow({
  block: { name, layers },
  domain,
  href,
  own,
  dimmed,
}: {
  block: Block;
  domain: readonly [number, number];
  href: (layer: ViewLayer) => string;
  own: boolean;
  dimmed: (layer: ViewLayer) => boolean;
}): JSX.Element {
  return (
    <div class="row">
      <div class="block">
        {name === "" ? "other layers" : name}
        <small>{plural(layers.length, "layer")}</small>
      </div>
      <div class="cells">
        {layers.map((layer) => (
          <SpectrumCell key={layer.index} {...{ layer, domain, own }} href={href(layer)} dim={dimmed(layer)} />
        ))}
      </div>
    </div>
  );
}

const CELL = { width: 108, height: 40 } as const;

export function SpectrumCell({
  layer,
  href,
  domain,
  own = false,
  dim = false,
  on = false,
}: {
  layer: ViewLayer;
  href: string;
  domain?: readonly [number, number];
  own?: boolean;
  dim?: boolean;
  on?: boolean;
}): JSX.Element {
  const { short, label, record, findings } = layer;
  const flagged = findings.some(({ severity }) => severity !== "note");
  const name = `${layer.outline.name}, ${label ?? "still to come"}${flagged ? ", worth a look" : ""}`;
  return (
    <a
      href={href}
      class={`cell${dim ? " dim" : ""}${on ? " on" : ""}`}
      data-layer={layer.index}
      aria-label={name}
      {...(on && { "aria-current": "true" as const })}
    >
      <SmallSpectrum layer={layer} {...CELL} own={own} {...(domain && { domain })} />
      <span class="caption">
        <b title={layer.outline.name}>{short}</b>
        {record !== null && label !== null && (
          <span class="num">
            {record.alpha_valid && record.alpha !== null ? `α ${numberText(record.alpha, 2)}` : <PhaseMark label={label} size={9} />}
          </span>
        )}
      </span>
      {flagged && <i class="flag" />}
    </a>
  );
}
