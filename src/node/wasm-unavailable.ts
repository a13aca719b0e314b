/** The WebAssembly engine was requested but cannot run in this process; the message says why and what to do. */
export class WasmUnavailable extends Error {
  override readonly name = "WasmUnavailable";
}
