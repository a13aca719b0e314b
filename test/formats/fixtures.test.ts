import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openWeightFile } from "#eigenscope/formats/index.js";
import { filesInMemory, fixture, openOne, refusal, tensorNamed, valuesOf } from "./files-in-memory.js";

interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The array that it must equal, within the rounding of its stored type. */
  readonly equals?: string;
  readonly transposed?: boolean;
  readonly relative?: number;
  readonly absolute?: number;
}

interface Expectation {
  readonly format?: string;
  readonly tensors?: readonly ExpectedTensor[];
  readonly refused?: string;
  readonly says?: string;
}

const SUFFIX = ".expect.json";
// Folders among them (TensorFlow's models) have tests of their own.
const names = readdirSync(new URL("../fixtures/formats/", import.meta.url), { withFileTypes: true })
  .filter((item) => item.isFile())
  .map((item) => item.name);

/** A fixture with its neighbours, opened by name. */
function open(name: string) {
  const contents = Object.fromEntries(
    names.filter((other) => !other.endsWith(SUFFIX)).map((other) => [other, fixture(other)]),
  );
  return openWeightFile(filesInMemory(contents, name));
}

async function reference({ equals = "", transposed = false, shape }: ExpectedTensor): Promise<number[]> {
  const values = await valuesOf((await openOne(equals, fixture(equals))).tensors[0]);
  const [rows, cols] = shape;
  return transposed ? values.map((_, k) => values[(k % cols) * rows + Math.floor(k / cols)]) : values;
}

describe("the fixture", () => {
  for (const name of names.filter((other) => other.endsWith(SUFFIX)).map((other) => other.slice(0, -SUFFIX.length))) {
    const expected: Expectation = JSON.parse(new TextDecoder().decode(fixture(name + SUFFIX)));
    if (expected.refused !== undefined) {
      it(`${name} is refused`, async () => {
        const error = await refusal(open(name));
        expect(error.kind).toBe(expected.refused);
        expect(error.message).toContain(expected.says);
      });
      continue;
    }
    it(`${name} gives its tensors and their values`, async () => {
      const file = await open(name);
      expect(file.format).toBe(expected.format);
      expect(file.tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype }))).toEqual(
        expected.tensors?.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
      );
      for (const tensor of expected.tensors?.filter((other) => other.equals !== undefined) ?? []) {
        const { relative = 0, absolute = 0 } = tensor;
        const wanted = await reference(tensor);
        const values = await valuesOf(tensorNamed(file, tensor.name));
        expect(values.length).toBe(wanted.length);
        const isNear = (value: number, k: number): boolean =>
          Math.abs(value - wanted[k]) <= Math.max(absolute, relative * Math.abs(wanted[k]));
        expect(values.findIndex((value, k) => !isNear(value, k))).toBe(-1);
      }
    });
  }
});
