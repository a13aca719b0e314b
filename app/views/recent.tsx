import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { forgetKept, kept, keptWarning, listKept } from "../state/kept.js";
import { models } from "../state/models.js";
import { modelAddress } from "../state/route.js";

/** Most results in the list. */
const MAX_LISTED = 6;

/** Results that this browser keeps: they open without the file. */
export function Recent(): JSX.Element {
  useEffect(() => void listKept(), []);
  const open = new Set(models.value.map(({ source }) => source.id));
  const entries = (kept.value ?? []).filter(({ id }) => !open.has(id)).slice(0, MAX_LISTED);
  return (
    <>
      <ul>
        {entries.map(({ id, label, layers, verdict }) => (
          <li key={id}>
            <a href={modelAddress(id)}>
              <b class="mono">{label}</b>
              <span class="between">
                <span>{layers} layers</span>
                <span>{verdict.replaceAll("-", " ")}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
      <p class="note">
        {keptWarning.value ?? "Results (not weights) are kept in this browser."}{" "}
        {entries.length > 0 && (
          <button type="button" class="link" onClick={() => void forgetKept()}>
            Forget them
          </button>
        )}
      </p>
    </>
  );
}
