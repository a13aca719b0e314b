export { airyAi } from "./airy.js";
export { gaussLegendre, type Quadrature } from "./gauss-legendre.js";
export { createRng, normalSampler, type Rng, shuffleInPlace } from "./random.js";
export { findRoot } from "./root.js";
