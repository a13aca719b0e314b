import { MAX_CONFIG_BYTES, plainJson } from "../analysis/config-json.js";
import { Pace } from "../bytes/pace.js";
import { type FileSet, FormatError } from "../formats/index.js";

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
    const json = await plainJson(bytes, new Pace({ limited: false, signal }), { format: "json", file: name });
    if (typeof json !== "object" || json === null || Array.isArray(json)) throw fault(name, "it is no object");
    return json as Readonly<Record<string, unknown>>;
  } finally {
    await source.close?.();
  }
}

function fault(file: string, what: string): FormatError {
  return new FormatError(what, { kind: "malformed", file });
}
