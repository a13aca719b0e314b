/**
 * From layers' results to what other tools read: Spectrum's scan and list, PEFT's and axolotl's patterns, the tables of
 * TempBalance, AlphaPruning and AlphaDecay. docs/advise.md has formulas, sources and traps.
 *
 * @module advise
 */

export type { WritableTensor } from "../formats/safetensors/writer.js";
export {
  ADVICE_SCHEMA_VERSION,
  type Advice,
  type AdviceColumn,
  type AdviceDocument,
  type AdviceFile,
  type AdviceRow,
  type AdviceValue,
  adviceDocument,
  type LeftOut,
  type Method,
  PURPOSES,
  type Purpose,
} from "./advice.js";
export { adviseFinetuning, adviseScan, type FinetuningOptions, type ScanOptions } from "./advise-finetuning.js";
export {
  type AdvisedRank,
  adviseAdapter,
  adviseLora,
  analysedProducts,
  LORA_FILES,
  type LoraAdvice,
  type LoraOptions,
} from "./advise-lora.js";
export { advisePruning } from "./advise-pruning.js";
export { ALPHA_DECAY_RATIOS, adviseLearningRate, adviseWeightDecay, TEMP_BALANCE_RATIOS } from "./advise-rates.js";
export type { AdvisedModel } from "./advised-model.js";
export type { PruningOptions } from "./alpha-pruning.js";
export type { EdgeRank } from "./edge-rank.js";
export type { RateOptions } from "./layer-rates.js";
export { type AdapterProduct, adapterProducts, type FactorPair, factorPairs } from "./peft-adapter.js";
export type { ModuleRank } from "./rank-pattern.js";
export { type AdviceLook, renderAdvice } from "./render-advice.js";
export { type ShrunkAdapter, shrunkAdapter } from "./shrunk-adapter.js";
export { parseScan, type ScannedModule } from "./spectrum-scan.js";
