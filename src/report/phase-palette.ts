/** The colours of pages and charts, as CSS variables. */
export type ColourToken =
  | "paper"
  | "panel"
  | "sunk"
  | "ink"
  | "quiet"
  | "line"
  | "hair"
  | "accent"
  | "accent-wash"
  | "phase-random-like"
  | "phase-bleeding-out"
  | "phase-bulk-spikes"
  | "phase-bulk-decay"
  | "phase-heavy-tailed"
  | "phase-rank-collapse"
  | "phase-none";

export type Palette = Readonly<Record<ColourToken, string>>;

/**
 * Any two phases are at least 0.10 (light) or 0.12 (dark) apart in OKLab [Ott20], for normal vision and for the three
 * kinds of colour blindness as simulated by [MOF09]. Marks have a contrast of 3:1 or more on paper and panel, text of
 * 4.5:1 or more. The test of this file computes all of them. Text is never in the raw colour of a phase.
 */
export const LIGHT_PALETTE: Palette = {
  paper: "#ffffff",
  panel: "#f5f7f9",
  sunk: "#eceff3",
  ink: "#1a2027",
  quiet: "#586270",
  line: "#d9dee5",
  hair: "#e8ecf0",
  accent: "#0b5cad",
  "accent-wash": "#e6f0fb",
  "phase-random-like": "#7f8f9f",
  "phase-bleeding-out": "#0f7480",
  "phase-bulk-spikes": "#2a33b5",
  "phase-bulk-decay": "#bf7f0e",
  "phase-heavy-tailed": "#660f58",
  "phase-rank-collapse": "#c02a0c",
  "phase-none": "#7d8790",
};

export const DARK_PALETTE: Palette = {
  paper: "#12151a",
  panel: "#1a1f26",
  sunk: "#20262e",
  ink: "#e8ebef",
  quiet: "#a3adb9",
  line: "#333b46",
  hair: "#262d36",
  accent: "#7db8ff",
  "accent-wash": "#1a2c42",
  "phase-random-like": "#99a1ad",
  "phase-bleeding-out": "#83e6ec",
  "phase-bulk-spikes": "#5675ea",
  "phase-bulk-decay": "#f6cf66",
  "phase-heavy-tailed": "#ab5893",
  "phase-rank-collapse": "#fb5a22",
  "phase-none": "#7f8894",
};

/** The declarations of a palette's variables, for a rule of a style sheet. */
export function paletteCss(palette: Palette): string {
  return Object.entries(palette)
    .map(([token, colour]) => `--${token}: ${colour};`)
    .join(" ");
}
