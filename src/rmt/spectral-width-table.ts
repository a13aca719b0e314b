// Written by scripts/tabulate-spectral-width.mjs (seed 20253; 600 to 5000 Wishart spectra per cell); do not edit.

/** The grid: aspect ratios and sides. */
export const WIDTH_ASPECT_RATIOS: readonly number[] = [1, 2, 10];
export const WIDTH_SIDES: readonly number[] = [16, 32, 64, 128, 256, 512];

/** "Q/M" -> M (mean - 1) and M times the standard deviation of the width over that of the law. */
export const WIDTH_MOMENTS: Readonly<Record<string, readonly [number, number]>> = {
  "1/16": [0.861, 3.049],
  "1/32": [0.849, 3.133],
  "1/64": [0.697, 3.392],
  "1/128": [0.798, 3.686],
  "1/256": [0.64, 4.073],
  "1/512": [0.608, 4.131],
  "2/16": [0.542, 2.073],
  "2/32": [0.571, 2.16],
  "2/64": [0.496, 2.429],
  "2/128": [0.545, 2.532],
  "2/256": [0.46, 2.807],
  "2/512": [0.649, 2.925],
  "10/16": [0.432, 1.386],
  "10/32": [0.436, 1.49],
  "10/64": [0.406, 1.635],
  "10/128": [0.377, 1.727],
  "10/256": [0.35, 1.981],
  "10/512": [0.554, 1.991],
};
