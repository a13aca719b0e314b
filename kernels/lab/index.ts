export { descend } from "./descent";
export { clear, dropOut, fillRows, rectifyGradientInPlace, rectifyInPlace, sumOfSquares, sumRows } from "./elementwise";
export { channelMoments, moveAverage, normalisationGradient, normalise } from "./normalisation";
export { gatherPatches, scatterPatches } from "./patches";
export { maxPool, scatterToPlaces } from "./pooling";
export { addForward, addInputGradient, addWeightGradient, descendAlongProduct } from "./weights";

/** First free byte of the memory: the host lays out everything from here. */
export function heapBase(): usize {
  return __heap_base;
}
