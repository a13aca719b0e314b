export { type PeerBulk, peerBulk } from "./mp-fit.js";
export { type PeerRandomised, type PeerRandomSpectra, peerRandomised, peerReplicates } from "./randomised.js";
export { type PeerTraceLog, peerTraceLog } from "./trace-log.js";
export { type PeerVectorMeasures, type PeerVectors, peerVectorMeasures, peerVectors } from "./vectors.js";
