import { parseJson } from "../bytes/strict-json.js";
import { type FileSet, FormatError } from "../formats/index.js";

/** The largest configuration that is read; those of well-known models have up to 200 KB. */
const MAX_CONFIG_BYTES = 8 * 2 ** 20;
/** Real configurations nest about 6 levels deep. */
const MAX_CONFIG_DEPTH = 128;

/**
 * A configuration beside the weights, checked strictly: a repeated key or a fault of JSON is a `FormatError` with its
 * place. Undefined if the file is not there.
 */
export async function readConfig(
  files: FileSet,
  name: string,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const source = await files.open(name).catch((cause: unknown) => {
    if (cause instanceof FormatError && cause.kind === "missing") return undefined;
    throw cause;
  });
  if (source === undefined) return undefined;
  try {
    if (source.byteLength > MAX_CONFIG_BYTES)
      throw fault(name, `it has ${source.byteLength} bytes, at most ${MAX_CONFIG_BYTES} are read`);
    const bytes = await source.read(0, source.byteLength, signal);
    const json = parseJson(bytes, { maxDepth: MAX_CONFIG_DEPTH, format: "json", file: name });
    if (!(json instanceof Map)) throw fault(name, "it is no object");
    return JSON.parse(new TextDecoder().decode(bytes));
  } finally {
    await source.close?.();
  }
}

function fault(file: string, what: string): FormatError {
  return new FormatError(what, { kind: "malformed", file });
}
