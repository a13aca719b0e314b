/** Below this M the tail has about a dozen eigenvalues, and not everything planted can be detected. */
export const SMALL_M = 64;

/** What a population with an exponential tail may be called. */
export const EXPONENTIAL = {
  group: "decay",
  why: "the population's tail is exponential or lighter, and unbounded: the edge decays, its tail index is 0",
  accepted: ["bulk-decay"],
} as const;
/** What a population between an exponential tail and a power law may be called. */
export const BETWEEN = {
  group: "decay",
  why: "an index of 0 in the limit that is 0.1 to 0.5 at these sizes: between an exponential and a power law",
  accepted: ["bulk-decay", "heavy-tailed"],
} as const;
/** What a population with a power law may be called. */
export const POWER_LAW = {
  group: "heavy",
  why: "the population has a power law of density exponent alpha, and so has the spectrum [MM21] Table 1",
  accepted: ["heavy-tailed"],
} as const;
/** What a population with a steep power law may be called. */
export const STEEP = { ...POWER_LAW, accepted: ["bulk-decay", "heavy-tailed"], whenSmall: ["bulk+spikes"] } as const;

/** What a population of nearly equal variances may be called. */
export const NEARLY_EQUAL = {
  group: "decay",
  why: "nearly equal variances with a few larger ones: which of them can be detected depends on the size",
  accepted: ["bulk-decay", "heavy-tailed", "bulk+spikes", "bleeding-out"],
  whenSmall: ["random-like", "undecided"],
} as const;
