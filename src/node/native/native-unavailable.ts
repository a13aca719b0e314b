/**
 * Thrown where the native engine was asked for and there is none; the message says what was looked for and what can be
 * done.
 */
export class NativeUnavailable extends Error {
  override readonly name = "NativeUnavailable";
}
