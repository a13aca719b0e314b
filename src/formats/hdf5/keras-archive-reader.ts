import { type ByteSource, bytesInMemory } from "../../bytes/byte-source.js";
import { FormatError } from "../../bytes/errors.js";
import type { JsonValue } from "../../bytes/json-value.js";
import { unpaced } from "../../bytes/pace.js";
import type { ErrorLocation, StoredBytes } from "../../bytes/stored-bytes.js";
import { parseJsonInSteps } from "../../bytes/strict-json.js";
import { firstZipMember } from "../foreign-contents.js";
import type { FormatReader, OpenOptions } from "../reader.js";
import { layersTopology } from "../tfjs/layers-topology.js";
import { inOrderOf } from "../tfjs/topology.js";
import { readZipMembers, type ZipMember } from "../zip/members.js";
import { assertStructureRatio } from "../zip/structure-ratio.js";
import { readContents } from "./hdf5-reader.js";
import { lambdaWarnings } from "./keras-model.js";

const FORMAT = "keras";
const WEIGHTS = "model.weights.h5";
const SHARDED = "model.weights.json";
const CONFIG = "config.json";
/** Configurations of large models have a few MB. */
const MAX_CONFIG_BYTES = 100_000_000;
const MAX_JSON_DEPTH = 128;
/**
 * Keras stores its weights uncompressed. Weights that another program compressed are unpacked into memory, up to this
 * size.
 */
const MAX_INFLATED_BYTES = 256 * 2 ** 20;

/**
 * Keras' .keras: a zip archive of a configuration and an HDF5 file of weights. The configuration is read as data;
 * nothing in it is run.
 */
export const kerasArchiveReader: FormatReader = {
  format: FORMAT,
  recognises: (head) => /^(metadata\.json|config\.json|model\.weights\.h5)$/.test(firstZipMember(head) ?? ""),
  async open({ name, source }, _files, options) {
    const where = { format: FORMAT, file: name };
    const members = await readZipMembers(source, where, options?.signal);
    const weights = members.find((member) => member.name === WEIGHTS);
    if (weights === undefined && members.some((member) => member.name === SHARDED)) {
      throw new FormatError(`its weights are in shards (${SHARDED}), which are not read in place`, {
        ...where,
        kind: "unsupported",
        remedy: `Unpack the archive (it is a zip file) and name its ${SHARDED}.`,
      });
    }
    if (weights === undefined) {
      throw new FormatError(`the archive holds no ${WEIGHTS}`, {
        ...where,
        kind: "unsupported",
        remedy: "Save the model with its weights.",
      });
    }
    const contents = await readContents(await randomAccess(weights, where, options?.signal), {
      format: FORMAT,
      name,
      signal: options?.signal,
      pace: options?.pace,
    });
    const member = members.find((each) => each.name === CONFIG);
    const config = member === undefined ? undefined : await readConfig(member, where, options);
    const pace = options?.pace ?? unpaced();
    const topology = await pace.run(layersTopology(config, pace));
    return {
      ...contents,
      tensors: await pace.run(inOrderOf(topology, contents.tensors, pace)),
      order: topology.order,
      format: FORMAT,
      warnings: [...contents.warnings, ...lambdaWarnings(config)],
      files: [{ name, byteLength: source.byteLength }],
      close: async () => {},
    };
  },
};

/** A member as a separate file: in place if it is stored, in memory if it is compressed. */
async function randomAccess(
  { contents, compressed }: ZipMember,
  where: ErrorLocation,
  signal?: AbortSignal,
): Promise<ByteSource> {
  if (!compressed) return sourceOf(contents);
  if (contents.byteLength > MAX_INFLATED_BYTES) {
    throw new FormatError(
      `its weights are compressed and have ${contents.byteLength} bytes, more than ${MAX_INFLATED_BYTES}`,
      {
        ...where,
        kind: "unsupported",
        remedy: `Unpack the archive and name its ${WEIGHTS}.`,
      },
    );
  }
  return bytesInMemory(await readAll(contents, signal));
}

function sourceOf({ byteLength, openCursor }: StoredBytes): ByteSource {
  return { byteLength, read: (offset, length, signal) => openCursor().read(offset, length, signal) };
}

async function readAll({ byteLength, openCursor }: StoredBytes, signal?: AbortSignal): Promise<Uint8Array> {
  const cursor = openCursor();
  try {
    return await cursor.read(0, byteLength, signal);
  } finally {
    await cursor.close();
  }
}

async function readConfig(
  member: ZipMember,
  where: ErrorLocation,
  { signal, pace = unpaced() }: OpenOptions = {},
): Promise<JsonValue> {
  const { contents } = member;
  if (contents.byteLength > MAX_CONFIG_BYTES) {
    throw new FormatError(`a ${CONFIG} of ${contents.byteLength} bytes is more than ${MAX_CONFIG_BYTES}`, {
      ...where,
      kind: "malformed",
    });
  }
  assertStructureRatio(member, where);
  const text = await readAll(contents, signal);
  return pace.run(parseJsonInSteps(text, { ...where, maxDepth: MAX_JSON_DEPTH }, pace));
}
