import { expect, it } from "vitest";
import { testedCode } from "../tested-code.js";

it("the tests know whether they test the built package", () => {
  const { folder, mode } = testedCode();
  expect(folder).toBe(mode);
});
