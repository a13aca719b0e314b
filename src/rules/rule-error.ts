import { OptionError } from "../bytes/option-error.js";

/** A rule that cannot be read, or that asks for what the columns do not have. The message shows the place. */
export class RuleError extends OptionError {
  /** Where in the rule's text the fault is, from 0. */
  readonly at: number;

  constructor(rule: string, at: number, reason: string) {
    super("fail-on", `${reason}, at character ${at + 1} of: ${rule}`);
    this.at = at;
  }
}
