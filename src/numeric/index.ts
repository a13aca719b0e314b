export { createRng, normalSampler, type Rng, shuffleInPlace } from "./random.js";
