import fc from "fast-check";
import { describe, it } from "vitest";
import { budget, damaged, damages, expectSurvival, LONG, TELLING } from "./damage.js";
import { SUBJECTS } from "./damage-subjects.js";

describe("a damaged file", () => {
  for (const [subject, { entry, files }] of Object.entries(SUBJECTS)) {
    it(
      `(${subject}) is read within its size or refused with a FormatError, and leaves nothing open`,
      LONG,
      async () => {
        const victims = fc.constantFrom(...Object.keys(files));
        await fc.assert(
          fc.asyncProperty(victims, damages(TELLING), (victim, all) =>
            expectSurvival({ ...files, [victim]: damaged(files[victim], all) }, entry),
          ),
          budget(),
        );
      },
    );
  }
});
