import { FormatError } from "../../bytes/errors.js";
import type { Pace, Steps } from "../../bytes/pace.js";
import { type ErrorLocation, readRange } from "../../bytes/stored-bytes.js";
import type { OpenedFile } from "../reader.js";
import { MoreBytesNeeded } from "./pickle/pickle-bytes.js";
import { type Unpickled, unpickleInSteps } from "./pickle/unpickle.js";
import { PyList } from "./pickle/values.js";
import { MAX_PICKLE_BYTES } from "./pickled-checkpoint.js";
import { storageReference } from "./torch-objects.js";
import type { StorageReference } from "./torch-tensor.js";

const PROTOCOL_VERSION = 1001;
/** The first read of the file; a longer pickle needs a second read. */
const FIRST_READ_BYTES = 2 ** 20;

interface Pickles {
  readonly checkpoint: Unpickled;
  readonly keys: readonly string[];
  /** Offset of the storages. */
  readonly end: number;
}

interface PickleContext {
  readonly where: ErrorLocation;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the pickles, from as much of the file's beginning as they need. */
export async function readPickles({ source }: OpenedFile, { where, pace, signal }: PickleContext): Promise<Pickles> {
  const most = Math.min(source.byteLength, MAX_PICKLE_BYTES);
  for (let length = Math.min(most, FIRST_READ_BYTES); ; length = Math.min(most, 8 * length)) {
    const bytes = await readRange(source, { ...where, offset: 0, length, signal });
    try {
      return await pace.run(pickles(bytes, length === source.byteLength, { where, pace }));
    } catch (cause) {
      if (!(cause instanceof MoreBytesNeeded)) throw cause;
      if (length < most) continue;
      throw new FormatError(`its pickles need more than ${MAX_PICKLE_BYTES} bytes`, {
        ...where,
        kind: "unsupported",
        remedy: "Save the weights alone: torch.save(model.state_dict(), ...), or as safetensors.",
      });
    }
  }
}

function* pickles(bytes: Uint8Array, whole: boolean, { where, pace }: PickleContext): Steps<Pickles> {
  const read = (from: number): Steps<Unpickled> => unpickleInSteps({ bytes, from, whole, where }, pace);
  const magic = yield* read(0);
  const version = yield* read(magic.end);
  if (version.value !== PROTOCOL_VERSION) {
    throw new FormatError("its version is not one that PyTorch ever wrote", { ...where, kind: "unsupported" });
  }
  const machine = yield* read(version.end);
  const checkpoint = yield* read(machine.end);
  const listing = yield* read(checkpoint.end);
  const keys = listing.value instanceof PyList ? listing.value.items : undefined;
  if (keys === undefined || !keys.every((key): key is string => typeof key === "string")) {
    throw new FormatError("its list of storages is not a list", {
      ...where,
      kind: "malformed",
      offset: checkpoint.end,
    });
  }
  return { checkpoint, keys, end: listing.end };
}

/** Every storage that the checkpoint refers to, by key; references to one storage must agree on its size. */
export function referencesIn({ persistent }: Unpickled, where: ErrorLocation): ReadonlyMap<string, StorageReference> {
  const references = new Map<string, StorageReference>();
  for (const value of persistent) {
    const reference = storageReference(value);
    if (reference === undefined) continue;
    const known = references.get(reference.key);
    if (known === undefined) references.set(reference.key, reference);
    else if (sizeOf(known) !== sizeOf(reference)) {
      throw new FormatError(`the storage ${reference.key} is declared with two sizes`, { ...where, kind: "malformed" });
    }
  }
  return references;
}

export function sizeOf({ type, numel }: StorageReference): number {
  return (type.bytes ?? Number.NaN) * numel;
}
