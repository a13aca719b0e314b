/** Thrown if the native engine was requested but does not exist; the message says what was searched and what to do. */
export class NativeUnavailable extends Error {
  override readonly name = "NativeUnavailable";
}
