/** The pool has no workers that do tasks by themselves any more: do it through `solve`. */
export class CallUnavailable extends Error {
  override readonly name = "CallUnavailable";
  constructor(options?: ErrorOptions) {
    super("the workers that remain only solve what is streamed to them", options);
  }
}
