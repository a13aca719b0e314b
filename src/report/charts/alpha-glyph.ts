import type { LayerRecord } from "../../analysis/report.js";
export function alphaGlyph(_record: LayerRecord): string { return ""; }
