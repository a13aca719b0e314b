import type { JSX } from "preact";
import type { SkippedRecord } from "../../analysis/report.js";
import { plural, shapeText } from "../number-text.js";

/** The table of the tensors that are no layers, each with its reason. */
export function SkippedTensors({ skipped }: { skipped: readonly SkippedRecord[] }): JSX.Element | null {
  if (skipped.length === 0) return null;
  return (
    <section class="section" aria-labelledby="skipped">
      <h2 id="skipped">Left out</h2>
      <details>
        <summary>{plural(skipped.length, "tensor")}, each with its reason. Biases and norms have no spectrum.</summary>
        <div class="table" role="region" aria-label="Tensors that were left out" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {["tensor", "shape", "type", "reason"].map((heading) => (
                  <th key={heading} scope="col" class="left">
                    {heading}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {skipped.map(({ name, shape, dtype, reason }) => (
                <tr key={name}>
                  <th scope="row" class="mono">
                    {name}
                  </th>
                  <td class="left">{shapeText(shape, "×")}</td>
                  <td class="left">{dtype}</td>
                  <td class="reason">{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
