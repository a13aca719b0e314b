import type { LayerDetail } from "../../../analysis/layer-detail.js";
import { numberText, plural } from "../../number-text.js";
import type { ChosenTail } from "./chosen-tail.js";

/** What a screen reader says of a spectrum, whatever its axes. */
export interface SpokenSpectrum {
  readonly count: number;
  readonly zeros: number;
  readonly lambdaMax: number;
  readonly bulk: LayerDetail["bulk"];
  readonly spikeCount: number;
  readonly tail: ChosenTail | null;
}

/** The numbers of a spectrum in a sentence. */
export function spectrumSentence({ count, zeros, lambdaMax, bulk, spikeCount, tail }: SpokenSpectrum): string {
  const interval = tail?.interval
    ? ` (95 % interval ${numberText(tail.interval[0])} to ${numberText(tail.interval[1])})`
    : "";
  const parts = [
    `${plural(count, "eigenvalue")}, the largest ${numberText(lambdaMax)}`,
    zeros > 0 ? `${zeros} zero to working precision` : null,
    bulk === null ? null : `random bulk from ${numberText(bulk.lambdaMinus)} to ${numberText(bulk.lambdaPlus)}`,
    spikeCount > 0 ? plural(spikeCount, "spike") : null,
    tail === null
      ? null
      : `power law with exponent ${numberText(tail.alpha)}${interval} from ${numberText(tail.xmin)} up`,
  ];
  return `${parts.filter((part) => part !== null).join("; ")}.`;
}
