/**
 * An option that does not apply to this input: a pattern without a match, a part that the file does not have. It is the
 * caller's mistake, detected only after the input was opened; the input itself may be valid.
 */
export class OptionError extends RangeError {
  override readonly name = "OptionError";
  /** The option's name in the library ("layers"). */
  readonly option: string;

  constructor(option: string, reason: string) {
    super(`option ${option}: ${reason}`);
    this.option = option;
  }
}
