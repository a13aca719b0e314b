import type { ComponentChildren, JSX } from "preact";
import type { Comparison, LayerComparison } from "../../analysis/compare/comparison.js";
import type { SmallPicture } from "../../analysis/small-picture.js";
import type { ComparedLayer } from "../charts/dumbbell-chart.js";
import { phaseMatrix } from "../charts/phase-matrix.js";
import { smallSpectrumPair } from "../charts/small-spectrum.js";
import { NOT_AVAILABLE, numberText, plural } from "../number-text.js";
import type { PhaseLabel } from "../phase-style.js";
import { breakable } from "./breakable.js";
import { Drawing } from "./drawing.js";
import { shortNames } from "./layer-names.js";
import { PhaseMark, PhaseName } from "./phase-mark.js";
import { LIMITS } from "./sections.js";

/** A layer of two models as the views show it. */
export interface ViewPair {
  readonly index: number;
  readonly short: string;
  readonly block: string;
  readonly layer: LayerComparison;
  readonly before: PhaseLabel;
  readonly after: PhaseLabel;
  /** Spectra before and after, where they are known. */
  readonly pictures: readonly [SmallPicture, SmallPicture] | null;
}

/** Pictures by the layers' names, of both models. */
export interface PairPictures {
  readonly a: ReadonlyMap<string, SmallPicture>;
  readonly b: ReadonlyMap<string, SmallPicture>;
  /** The blocks of A's layers by their names. */
  readonly blocks: ReadonlyMap<string, string>;
}

const NO_PICTURES: PairPictures = { a: new Map(), b: new Map(), blocks: new Map() };

export function viewPairs({ layers }: Pick<Comparison, "layers">, { a, b, blocks } = NO_PICTURES): ViewPair[] {
  const short = shortNames(layers.map(({ name }) => name));
  return layers.map((layer, index) => {
    const [before, after] = [a.get(layer.name), b.get(layer.name_b)];
    return {
      index,
      short: short[index],
      block: blocks.get(layer.name) ?? "",
      layer,
      before: labelOf(layer.phase_a, layer.columns.lambda_max?.a),
      after: labelOf(layer.phase_b, layer.columns.lambda_max?.b),
      pictures: before === undefined || after === undefined ? null : [before, after],
    };
  });
}

function labelOf(phase: LayerComparison["phase_a"], lambdaMax: number | null | undefined): PhaseLabel {
  return lambdaMax === null ? "failed" : (phase ?? "undecided");
}

/** The pairs as the chart along the depth wants them. */
export function comparedLayers(pairs: readonly ViewPair[]): ComparedLayer[] {
  return pairs.map(({ short, block, before, after, layer }) => {
    const { alpha, alpha_low, alpha_high } = layer.columns;
    const [low, high] = [alpha_low?.a ?? null, alpha_high?.a ?? null];
    return {
      name: short,
      block: block === "" ? null : block,
      phaseBefore: before,
      phaseAfter: after,
      before: layer.alpha_valid_a ? (alpha?.a ?? null) : null,
      after: layer.alpha_valid_b ? (alpha?.b ?? null) : null,
      interval: low === null || high === null ? null : [low, high],
      moved: layer.relative_change,
    };
  });
}

/** Which two, before and after. */
export function PairLine({
  a,
  b,
  between,
}: {
  a: ComponentChildren;
  b: ComponentChildren;
  between?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="pair-line">
      <div>
        <span class="quiet smaller">Before, A</span>
        <br />
        {a}
      </div>
      <div>{between}</div>
      <div class="right">
        <span class="quiet smaller">After, B</span>
        <br />
        {b}
      </div>
    </div>
  );
}

/** The judgement of B: the headline's first clause as heading. */
export function ComparisonHeadline({ comparison }: { comparison: Comparison }): JSX.Element {
  const { headline, stored_types, compared, relative_change } = comparison.summary;
  const [first, ...rest] = headline.split(/(?<=[;.])\s+/);
  const unpaired = comparison.only_in_a.length + comparison.only_in_b.length + comparison.mismatched.length;
  return (
    <div class="headline">
      <h1>{breakable(first.replace(/;$/, "."))}</h1>
      <p>
        {capitalised(rest.join(" "))} {plural(compared, "layer")} compared
        {relative_change !== null && `; all weights together moved by ${percentText(relative_change)} of their norm`}
        {unpaired > 0 && `; ${plural(unpaired, "layer has", "layers have")} no partner`}. {stored_types}{" "}
        <span class="quiet">{LIMITS}</span>
      </p>
    </div>
  );
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Most layers that are listed. */
const MAX_LISTED = 6;
/** The kinds of change, the most serious first. */
const SERIOUS: readonly LayerComparison["kind"][] = ["damaged", "retrained", "structured"];

/** The layers that changed most: those with a serious kind of change, or another phase. */
export function mostChanged(pairs: readonly ViewPair[]): ViewPair[] {
  const seriousness = ({ layer: { kind } }: ViewPair): number => {
    const at = SERIOUS.indexOf(kind);
    return at < 0 ? SERIOUS.length : at;
  };
  return pairs
    .filter((pair) => seriousness(pair) < SERIOUS.length || pair.before !== pair.after)
    .sort((x, y) => seriousness(x) - seriousness(y) || moved(y) - moved(x));
}

const moved = ({ layer: { relative_change } }: ViewPair): number => relative_change ?? 0;

/**
 * The layers that changed most, each with both spectra and what changed. A press follows the layer; with `href` each is
 * a link instead.
 */
export function ChangedList({
  pairs,
  selected,
  onSelect,
  href,
}: {
  pairs: readonly ViewPair[];
  selected?: number;
  onSelect?: (index: number) => void;
  href?: (pair: ViewPair) => string;
}): JSX.Element | null {
  const listed = mostChanged(pairs).slice(0, MAX_LISTED);
  if (listed.length === 0) return null;
  return (
    <ul class="attention" aria-label="Layers that changed most">
      {listed.map((pair) => (
        <li key={pair.index}>
          {href !== undefined ? (
            <a href={href(pair)}>
              <Changed pair={pair} />
            </a>
          ) : (
            <button
              type="button"
              class={pair.index === selected ? "on" : ""}
              disabled={onSelect === undefined}
              onClick={() => onSelect?.(pair.index)}
            >
              <Changed pair={pair} />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Changed({ pair }: { pair: ViewPair }): JSX.Element {
  return (
    <>
      <PairSpectrum pair={pair} width={96} height={44} />
      <span>
        <span class="mono">{pair.short}</span> <span class="quiet small">{pair.block}</span>{" "}
        <PhaseChange before={pair.before} after={pair.after} />
        <br />
        <b>{changeSentence(pair.layer)}</b>
      </span>
      <span class="go">Show</span>
    </>
  );
}

export function PairSpectrum({ pair, width, height }: { pair: ViewPair; width: number; height: number }): JSX.Element {
  const { pictures, before, after } = pair;
  if (pictures === null) return <span />;
  return (
    <Drawing
      svg={smallSpectrumPair(
        { before: pictures[0], after: pictures[1], phaseBefore: before, phaseAfter: after },
        { width, height },
      )}
    />
  );
}

/** "★ → ✕ rank-collapse", or the one name where nothing changed. */
export function PhaseChange({ before, after }: { before: PhaseLabel; after: PhaseLabel }): JSX.Element {
  if (before === after) return <PhaseName label={after} size={12} />;
  return (
    <span class="phase">
      <span class="hidden">from {before} to</span>
      <PhaseMark label={before} size={12} />→ <PhaseName label={after} size={12} />
    </span>
  );
}

/** What changed in a layer, in a sentence. */
export function changeSentence({ relative_change, kind, spikes_lost, spikes_a, cka_centred }: LayerComparison): string {
  const parts = [
    relative_change === null ? null : `Weights moved by ${percentText(relative_change)} of their norm`,
    spikes_lost === null || spikes_a === null || spikes_lost === 0
      ? null
      : `${spikes_lost} of ${spikes_a} spikes are lost`,
    kind === null ? null : KIND_WORDS[kind],
    cka_centred === null ? null : `similarity to before (CKA) ${cka_centred.toFixed(2)}`,
  ];
  return `${parts.filter((part) => part !== null).join("; ")}.`;
}

const KIND_WORDS: Readonly<Record<NonNullable<LayerComparison["kind"]>, string>> = {
  damaged: "directions are lost",
  retrained: "retrained, or another model",
  structured: "a change with structure",
  "low-rank": "a change of low rank",
  noise: "noise was added",
  rounding: "no more than rounding",
  unchanged: "unchanged",
};

/** How many layers went from which phase to which. */
export function PhaseTransitions({ pairs }: { pairs: readonly ViewPair[] }): JSX.Element {
  return (
    <section aria-labelledby="transitions">
      <h2 id="transitions">Phase before and after</h2>
      <p class="quiet small">Layers that kept theirs are on the diagonal.</p>
      <Drawing svg={phaseMatrix(pairs.map(({ before, after }) => ({ before, after })))} />
      <p class="note">
        Look at layers, not at averages: an average may look better than before where layers are damaged.
      </p>
    </section>
  );
}

/** One layer before and after, with its numbers. */
export function PairNumbers({ pair: { layer, before, after } }: { pair: ViewPair }): JSX.Element {
  const fromTo = (column: string, valid = true): string => {
    const { a = null, b = null } = layer.columns[column] ?? {};
    return valid ? `${numberText(a)} → ${numberText(b)}` : `${numberText(a)} → ${NOT_AVAILABLE}`;
  };
  const rows: readonly (readonly [string, ComponentChildren])[] = [
    ["phase", <PhaseChange key="phase" before={before} after={after} />],
    ["alpha", alphaText(layer)],
    ["stable rank", fromTo("stable_rank")],
    ["soft rank", fromTo("mp_soft_rank")],
    [
      "spikes of A that are lost",
      layer.spikes_lost === null ? NOT_AVAILABLE : `${layer.spikes_lost} of ${layer.spikes_a}`,
    ],
    ["weights moved", percentText(layer.relative_change)],
    ["rank of the change", numberText(layer.dw_rank)],
    [
      "the change itself",
      layer.difference === null ? (
        NOT_AVAILABLE
      ) : (
        <PhaseName key="change" label={layer.difference.phase ?? "undecided"} size={12} />
      ),
    ],
  ];
  return (
    <dl class="key-numbers">
      {rows.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

function alphaText({ columns: { alpha }, alpha_valid_a, alpha_valid_b }: LayerComparison): string {
  const text = (value: number | null | undefined, valid: boolean): string => numberText(valid ? (value ?? null) : null);
  return `${text(alpha?.a, alpha_valid_a)} → ${text(alpha?.b, alpha_valid_b)}`;
}

/** The table of all pairs. */
export function PairTable({
  pairs,
  selected,
  onSelect,
  idOf,
}: {
  pairs: readonly ViewPair[];
  selected?: number;
  onSelect?: (index: number) => void;
  /** Anchors of the rows. */
  idOf?: (pair: ViewPair) => string;
}): JSX.Element {
  const headings = ["layer", "phase", "alpha", "soft rank", "weights moved", "CKA", "spikes lost", "kind", "block"];
  return (
    <table>
      <thead>
        <tr>
          {headings.map((heading, k) => (
            <th key={heading} scope="col" class={k === 1 || k > 6 ? "left" : ""}>
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {pairs.map((pair) => (
          <tr
            key={pair.index}
            class={pair.index === selected ? "on" : ""}
            {...(idOf !== undefined && { id: idOf(pair) })}
          >
            <th scope="row">
              {onSelect === undefined ? (
                <span class="mono">{pair.short}</span>
              ) : (
                <button type="button" class="link mono" onClick={() => onSelect(pair.index)}>
                  {pair.short}
                </button>
              )}
            </th>
            <td class="left">
              <PhaseChange before={pair.before} after={pair.after} />
            </td>
            <td>{alphaText(pair.layer)}</td>
            <td>
              {numberText(pair.layer.columns.mp_soft_rank?.a ?? null)} →{" "}
              {numberText(pair.layer.columns.mp_soft_rank?.b ?? null)}
            </td>
            <td>{percentText(pair.layer.relative_change)}</td>
            <td>{numberText(pair.layer.cka_centred)}</td>
            <td>{numberText(pair.layer.spikes_lost)}</td>
            <td class="left">{pair.layer.kind ?? NOT_AVAILABLE}</td>
            <td class="left">{pair.block}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A share in per cent, with two digits. */
export function percentText(share: number | null): string {
  return share === null ? NOT_AVAILABLE : `${Number((100 * share).toPrecision(2))} %`;
}
