/**
 * The training experiments of [MM21]: networks, data sets, training engines, sweeps and their page. Nothing here needs
 * Node; `lab/node` has folders, workers and fetched data sets.
 *
 * @module lab
 */

export { cifar10Bytes, readCifar10 } from "./data/cifar10.js";
export { DATA_SET_NAMES, DATA_SETS, type DataSetFacts, type DataSetName, type Layout } from "./data/data-sets.js";
export { type NamedBytes, readIdxPair } from "./data/idx.js";
export type { DataSet, PixelImages } from "./data/pixel-images.js";
export { type Allocate, type PreparedData, type Preprocessing, preprocess } from "./data/preprocessing.js";
export { type DataFolder, type DataRequest, missingDataSet, readDataSet } from "./data/read-data-set.js";
export {
  AXES,
  type Axes,
  type Axis,
  type DataSettings,
  type Experiment,
  type TrainingSettings,
} from "./experiments/experiment.js";
export type { LayerEigenvalues } from "./experiments/measure-weights.js";
export { networkNames } from "./experiments/named-networks.js";
export { type Overrides, withOverrides } from "./experiments/overrides.js";
export { parseExperiment } from "./experiments/parse-experiment.js";
export { parseEpoch, parseRun, type RunDescription } from "./experiments/parse-run.js";
export { type PlannedRun, planSweep, planTraining } from "./experiments/plan-runs.js";
export { PRESET_NAMES, preset, presetText } from "./experiments/presets/index.js";
export { runEvents } from "./experiments/run-events.js";
export { type EpochRecord, lastRecorded, type Run, type Score } from "./experiments/run-record.js";
export { networkOf } from "./experiments/settings-network.js";
export { type Position, type RunKeeper, type RunProgress, type RunTools, trainRun } from "./experiments/train-run.js";
export { leNet5 } from "./networks/lenet5.js";
export { type MiniAlexNetOptions, miniAlexNet, miniAlexNetWith } from "./networks/mini-alexnet.js";
export type {
  BatchNormalisationLayer,
  ConvolutionLayer,
  DenseLayer,
  DropoutLayer,
  FlattenLayer,
  Initialisation,
  MaxPoolingLayer,
  Network,
  NetworkLayer,
} from "./networks/network.js";
export { mlp3, quickMlp } from "./networks/perceptrons.js";
export { validateNetwork } from "./networks/validate.js";
export { renderLabPage } from "./report/page.js";
export { type RunRow, runRow } from "./report/run-row.js";
export { renderRuns } from "./report/run-table.js";
export type { SweepResults } from "./report/sweep-points.js";
export type {
  Examples,
  Loss,
  StepResult,
  TrainEngine,
  TrainedTensor,
  Trainer,
  TrainerOptions,
} from "./training/engine.js";
export { referenceTrainEngine } from "./training/reference-engine.js";
export { type WasmTrainEngineOptions, wasmTrainEngine } from "./training/wasm-engine.js";
export { type WebgpuEngineOptions, webgpuEngine } from "./training/webgpu-engine.js";
