// Solves one matrix by the native library and says how that ended.
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";

const { path, stop, n, work } = workerData;
const addon = createRequire(import.meta.url)(path);
const handle = addon.create(addon.targets.length - 1, new Int32Array(stop));
const values = new Float32Array(n * n).map((_, k) => Math.sin(k * k));
if (work === "singularValues") addon.beginSingular(handle, n, n);
else addon.begin(handle, n, 0);
if (work !== "takeRows") addon.takeRows(handle, values);
const out = new Float64Array(n);
const vectors = new Float64Array(work === "eigenvectors" ? n * n : 0);
parentPort.postMessage("begun");
const status = {
  takeRows: () => addon.takeRows(handle, values),
  eigenvalues: () => addon.eigenvalues(handle, out),
  eigenvectors: () => addon.eigenvectors(handle, out, vectors),
  singularValues: () => addon.singularValues(handle, out),
}[work]();
parentPort.postMessage(status);
