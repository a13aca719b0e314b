import { describe } from "vitest";
import { createReferenceEngine } from "#eigenscope/spectra/index.js";
import { engineContract } from "./engine-contract.js";

describe("the reference engine", () => {
  engineContract({ create: createReferenceEngine, largestSide: 300 });
});
