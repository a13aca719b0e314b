import type { RandomisationColumns } from "../../analysis/optional-columns.js";
import { ABOVE_0, atLeast, COUNT, columnsOf, EIGENVALUE, POSITIVE, SHARE, WEIGHT } from "./column.js";

const SOURCE = "eigenscope; after [WW]'s randomize";
const SPREAD = "above 0; null for a single replicate";

/** The layer compared with its own permuted entries: present with `--randomize <n>`. */
export const RANDOMISATION = columnsOf<keyof RandomisationColumns>({
  correlation_traps: {
    definition:
      "Eigenvalues of the permuted weights beyond their own Tracy-Widom edge, mean over the replicates: " +
      "caused by a few very large entries, not by correlations.",
    formula: "mean of spikes over the permuted matrices",
    range: POSITIVE,
    unit: COUNT,
    source: SOURCE,
  },
  correlation_traps_sd: {
    definition: "Standard deviation of correlation_traps over the replicates.",
    range: SPREAD,
    values: atLeast(0),
    unit: COUNT,
    source: SOURCE,
  },
  rand_bulk_sigma: {
    definition: "bulk_sigma of the permuted weights, mean over the replicates.",
    range: ABOVE_0,
    unit: WEIGHT,
    source: SOURCE,
  },
  rand_bulk_sigma_sd: {
    definition: "Standard deviation of rand_bulk_sigma over the replicates.",
    range: SPREAD,
    values: atLeast(0),
    unit: WEIGHT,
    source: SOURCE,
  },
  rand_lambda_max: {
    definition: "Largest eigenvalue of the permuted weights, mean over the replicates.",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: SOURCE,
  },
  rand_lambda_max_sd: {
    definition: "Standard deviation of rand_lambda_max over the replicates.",
    range: SPREAD,
    values: atLeast(0),
    unit: EIGENVALUE,
    source: SOURCE,
  },
  rand_kolmogorov: {
    definition:
      "Kolmogorov distance of the spectrum to that of the permuted weights, mean over the replicates, in [0, 1].",
    formula: "max |F(lambda) - F_permuted(lambda)|",
    range: SHARE,
    source: SOURCE,
  },
  rand_kolmogorov_sd: {
    definition: "Standard deviation of rand_kolmogorov over the replicates.",
    range: SPREAD,
    values: atLeast(0),
    source: SOURCE,
  },
  rand_wasserstein: {
    definition:
      "Wasserstein-1 distance of the spectrum to that of the permuted weights, in units of the mean " +
      "eigenvalue, mean over the replicates: the effect of correlations on the spectrum.",
    formula: "mean |lambda_i - lambda_i(permuted)|/mean lambda, both sorted",
    range: "0 to 2",
    values: atLeast(0),
    unit: "mean eigenvalues",
    source: SOURCE,
  },
  rand_wasserstein_sd: {
    definition: "Standard deviation of rand_wasserstein over the replicates.",
    range: SPREAD,
    values: atLeast(0),
    unit: "mean eigenvalues",
    source: SOURCE,
  },
  rand_wasserstein_null: {
    definition: "Mean Wasserstein-1 distance between replicates: the value of rand_wasserstein by chance alone.",
    range: "0 to 2; null for a single replicate",
    values: atLeast(0),
    unit: "mean eigenvalues",
    source: SOURCE,
  },
});
