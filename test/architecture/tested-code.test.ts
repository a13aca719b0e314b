import { expect, it } from "vitest";
import { testedCode } from "../tested-code.js";

it("the code that was asked for is tested, and the tests know which", () => {
  const { wanted, found, said } = testedCode();
  expect([found, said]).toEqual([wanted, wanted]);
});
