import fc from "fast-check";
import { describe, it } from "vitest";
import { FormatError } from "#eigenscope/formats/index.js";
import { unpickle } from "#eigenscope/formats/pytorch/pickle/unpickle.js";
import { budget, damages, expectSurvival, LONG } from "./damage.js";
import { OPCODES, PYTORCH_SUBJECTS } from "./damage-pytorch.js";

describe("a damaged PyTorch file", () => {
  for (const [subject, make] of Object.entries(PYTORCH_SUBJECTS)) {
    it(
      `(${subject}) is read within its size or refused with a FormatError, and leaves nothing open`,
      LONG,
      async () => {
        // Torch's own are a hundred times as long as ours.
        const share = subject.startsWith("torch") ? 1 / 4 : 1;
        await fc.assert(
          fc.asyncProperty(damages(OPCODES), (all) => expectSurvival({ "x.pt": make(all) }, "x.pt")),
          budget(share),
        );
      },
    );
  }

  it("(a random program of opcodes) ends as a value or a FormatError", LONG, () => {
    const program = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...OPCODES) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
      ),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(program, (bytes) => {
        try {
          unpickle({ bytes: Uint8Array.from([...bytes, 0x2e]), where: {} });
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      budget(25),
    );
  });
});
