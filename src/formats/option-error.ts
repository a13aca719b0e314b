/**
 * An option that fits no part of this input: a pattern that matches nothing, a part that the file does not have. The
 * caller's mistake, known only once the input was opened; the input itself may be sound.
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
