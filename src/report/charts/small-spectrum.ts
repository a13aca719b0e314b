import type { SmallPicture } from "../../analysis/small-picture.js";
import type { PhaseLabel } from "../phase-style.js";
import { STYLE } from "../phase-style.js";
export function smallSpectrum(picture: SmallPicture, { width: w, height: h, label }: { width: number; height: number; label: PhaseLabel; edge?: number | null; domain?: readonly [number, number] }): { svg: string } {
  const bins = picture.histogram?.bins ?? []; const top = Math.max(1, ...bins); const c = STYLE[label].colour;
  const d = bins.map((b, i) => `L${((i / bins.length) * w).toFixed(1)} ${(h - 1 - Math.sqrt(b / top) * (h - 4)).toFixed(1)}H${(((i + 1) / bins.length) * w).toFixed(1)}`).join("");
  return { svg: `<svg width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" aria-hidden="true"><path d="M0 ${h - 1}${d}V${h - 1}Z" fill="${c}" fill-opacity=".3" stroke="${c}" stroke-width="1.2"/></svg>` };
}
