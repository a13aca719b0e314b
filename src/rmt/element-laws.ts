import { normalSampler, type Rng } from "../numeric/index.js";

/** Laws of independent entries with mean 0 and variance 1. */
export const ELEMENT_LAWS = ["gaussian", "uniform", "sign", "laplace", "student10"] as const;
export type ElementLaw = (typeof ELEMENT_LAWS)[number];

/**
 * A sampler of one entry. All have variance 1, so all have the same Marchenko-Pastur bulk (universality). "student10"
 * is Student's t with 10 degrees of freedom, scaled to variance 1.
 */
export function elementSampler(law: ElementLaw, rng: Rng): () => number {
  const normal = normalSampler(rng);
  switch (law) {
    case "gaussian":
      return normal;
    case "uniform":
      return () => Math.sqrt(12) * (rng() - 0.5);
    case "sign":
      return () => (rng() < 0.5 ? -1 : 1);
    case "laplace":
      return () => (rng() < 0.5 ? -1 : 1) * -Math.log(1 - rng()) * Math.SQRT1_2;
    case "student10":
      return () => {
        let chi2 = 0;
        for (let k = 0; k < 10; k++) chi2 += normal() ** 2;
        return normal() / Math.sqrt(chi2 / 10) / Math.sqrt(10 / 8);
      };
  }
}
