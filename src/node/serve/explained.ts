import { FormatError, OptionError } from "../../formats/index.js";
import { NativeUnavailable } from "../native/native-unavailable.js";
import { WasmUnavailable } from "../wasm-unavailable.js";
import { Refusal } from "./refusal.js";

/** The input is at fault, in the words of HTTP: the request was understood, but cannot be done. */
const UNPROCESSABLE = 422;

/**
 * The sentence for an error that is not ours: of the input, the options, the machine. Undefined for any other error,
 * which is a fault of this program.
 */
export function sentenceOf(error: unknown): string | undefined {
  if (error instanceof Refusal || error instanceof FormatError || error instanceof OptionError) return error.message;
  if (error instanceof NativeUnavailable || error instanceof WasmUnavailable) return error.message;
  // Errors of the operating system name the call that failed.
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === "string" && typeof syscall === "string" ? (error as Error).message : undefined;
}

/** Does something; an error that is not ours becomes a `Refusal` with its sentence. */
export async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const sentence = cause instanceof Refusal ? undefined : sentenceOf(cause);
    throw sentence === undefined ? cause : new Refusal(UNPROCESSABLE, sentence);
  }
}
