import { EXIT } from "./exit-codes.js";
import type { ManPageTexts } from "./man-page.js";

/** What eigenscope's manual page says beside its commands. */
export const MAN_PAGE_TEXTS: ManPageTexts = {
  date: "November 29, 2026",
  exitCodes: [
    [EXIT.done, "Done."],
    [EXIT.rule, "A rule of --fail-on holds."],
    [EXIT.usage, "Wrong usage, or an output that cannot be written. Nothing was computed."],
    [EXIT.input, "The input cannot be read, is malformed, or holds nothing to analyse."],
    [EXIT.partial, "Some layers failed, or are not done yet. Their rows say why; the others are complete."],
    [EXIT.internal, "A fault of eigenscope."],
    [EXIT.interrupted, "Interrupted by Ctrl-C."],
  ],
  variables: [
    ["EIGENSCOPE_DEBUG", "Set: the stack trace of an error is printed."],
    ["EIGENSCOPE_NATIVE", "The path of a native engine, and no other is tried; off: none is."],
    ["EIGENSCOPE_NATIVE_TARGET", "The kernels that the native engine uses: avx512, avx2 or neon."],
    ["NO_COLOR", "Set: no colour."],
  ],
  examples: [
    ["eigenscope analyze model.safetensors", "Every layer of a file, its phase, and what stands out:"],
    ["eigenscope compare before/ after/", "What quantising or fine-tuning did:"],
    ["eigenscope rank checkpoints/ --scores accuracies.csv", "Many models, and what goes with a measure of your own:"],
    ["eigenscope explain soft rank", "A word of a report:"],
  ],
};
