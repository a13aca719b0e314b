// Draws the pictures of docs/gallery.md and writes its tables: `node site/scripts/draw-gallery.mjs [id...]`. Needs a
// built package. What needs a network that is not there (`npm run networks`) stays as it is. What each picture shows is
// in gallery-spectra.mjs; docs/pictures/gallery/spectra.json keeps the captions.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planSweep, preset } from "../../dist/lab/index.js";
import { analyze } from "../../dist/node/index.js";
import { runSweep } from "../../dist/node/lab/index.js";
import { createRng, deriveSeed } from "../../dist/numeric/index.js";
import { PHASE_FAMILIES } from "../../dist/phases/ensembles/index.js";
import { ROOT } from "../navigation.mjs";
import { GALLERY, MADE, TRAINED } from "./gallery-spectra.mjs";
import { galleryTables } from "./gallery-tables.mjs";
import { spectrumPicture } from "./spectrum-picture.mjs";

const FOLDER = join(ROOT, "docs/pictures/gallery");
const CAPTIONS = join(FOLDER, "spectra.json");
const DOCUMENT = join(ROOT, "docs/gallery.md");

const wanted = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "eigenscope-gallery-"));
mkdirSync(FOLDER, { recursive: true });
const captions = existsSync(CAPTIONS) ? JSON.parse(readFileSync(CAPTIONS, "utf8")) : {};
try {
  for (const item of Object.values(GALLERY).flat()) {
    if (wanted.length > 0 && !wanted.includes(item.id)) continue;
    const path = await fileOf(item);
    if (path === null) {
      console.log(`${item.id}: left as it is, ${item.path} is not there`);
      continue;
    }
    const results = [];
    for await (const result of analyze(path, item.layer === undefined ? {} : { layers: [item.layer] }))
      results.push(result);
    if (results.length !== 1) throw new Error(`${item.id}: ${results.length} layers match, not one`);
    writeFileSync(join(FOLDER, `${item.id}.svg`), spectrumPicture(results[0]));
    captions[item.id] = captionOf(results[0].record);
    console.log(`${item.id}: ${captions[item.id].phase}, ${captions[item.id].facts}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
writeFileSync(CAPTIONS, `${JSON.stringify(captions, null, 2)}\n`);
writeFileSync(DOCUMENT, galleryTables(readFileSync(DOCUMENT, "utf8"), captions));

/** The file that holds the weights of an item; null if it is not on this machine. */
async function fileOf({ id, path, family, batch }) {
  if (path !== undefined) return existsSync(join(ROOT, path)) ? join(ROOT, path) : null;
  return family === undefined ? trained(batch) : made(id, family);
}

/** Draws a matrix of a family and stores it as an array of NumPy. */
function made(id, name) {
  const family = PHASE_FAMILIES.find((each) => each.name === name);
  if (family === undefined) throw new Error(`no family is called "${name}"`);
  const { N, M, seed } = MADE;
  const index = Object.values(GALLERY)
    .flat()
    .findIndex((item) => item.id === id);
  const { W } = family.draw({ N, M }, createRng(deriveSeed(seed, index)));
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${N}, ${M}), }`;
  // Version 1.0: the header ends at a multiple of 64 bytes.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${header.padEnd(length - 11)}\n`, "latin1");
  head.writeUInt16LE(length - 10, 8);
  const file = join(work, `${id}.npy`);
  writeFileSync(file, Buffer.concat([head, Buffer.from(Float32Array.from(W).buffer)]));
  return file;
}

/** Trains the lab's network with one batch size; its last checkpoint. */
async function trained(batch) {
  const experiment = preset(TRAINED.preset);
  const plan = planSweep({ ...experiment, axes: { ...experiment.axes, batch: [batch], seed: [TRAINED.seed] } });
  const folder = join(work, `b${batch}`);
  await runSweep(experiment, plan, { folder });
  const last = String(experiment.length.epochs).padStart(5, "0");
  return join(folder, `runs/b${batch}-seed${TRAINED.seed}/checkpoints/epoch-${last}.safetensors`);
}

/** What stands under a picture, and what a reader who does not see it is told. */
function captionOf({ N, M, rf, phase, phase_confidence, alpha, alpha_valid, sigma, spikes, tail_index, dtype }) {
  const facts = [
    `${rf > 1 ? `${rf} x ` : ""}${N} x ${M}`,
    dtype,
    `tail index ${tail_index.toFixed(2)}`,
    spikes > 0 ? `${spikes} ${spikes === 1 ? "spike" : "spikes"}` : null,
    alpha_valid ? `alpha ${alpha.toFixed(2)} ± ${sigma.toFixed(2)}` : "alpha n/a",
  ];
  return {
    phase,
    confidence: Math.round(100 * phase_confidence) / 100,
    facts: facts.filter((fact) => fact !== null).join(", "),
  };
}
