export { leNet5 } from "./lenet5.js";
export { type MiniAlexNetOptions, miniAlexNet, miniAlexNetWith } from "./mini-alexnet.js";
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
} from "./network.js";
export { type Parameter, type ParameterRole, parameterCount, parametersOf } from "./parameters.js";
export { mlp3, quickMlp, tinyNetwork } from "./perceptrons.js";
export { type LayerShape, type LayerShapes, shapesOf } from "./shapes.js";
export { validateNetwork } from "./validate.js";
