import type { JSX } from "preact";
import type { ReportSummary } from "../../analysis/report.js";
import { numberText, plural } from "../number-text.js";

/** The means over the layers that a reader asks for first. */
export function KeyNumbers({ summary }: { summary: ReportSummary }): JSX.Element {
  return (
    <dl class="key-numbers">
      <dt title="Exponent of the power law of the largest eigenvalues. 2 to 6 is usual in trained networks.">
        mean alpha <span class="smaller">over {plural(summary.alpha.layers, "layer")} with a power law</span>
      </dt>
      <dd>{numberText(summary.alpha.mean)}</dd>
      <dt title="Edge of the random bulk over the largest eigenvalue: 1 for random weights, towards 0 with structure.">
        mean soft rank
      </dt>
      <dd>{numberText(summary.mp_soft_rank.mean)}</dd>
      <dt title="Sum of the eigenvalues over the largest one: how many directions matter.">mean stable rank</dt>
      <dd>{numberText(summary.stable_rank.mean)}</dd>
    </dl>
  );
}
