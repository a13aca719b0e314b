import { describe, expect, it } from "vitest";
import { scaleWords } from "#eigenscope/formats/hdf5/keras-variables.js";

const variable = (name: string, dtype = "F32") => ({ name, dtype });

describe("the variables of a layer that Keras quantised to int8", () => {
  it("end with the scales of its kernel, after a bias or without one", () => {
    const found = scaleWords([
      ...[variable("layers/dense/vars/0", "I8"), variable("layers/dense/vars/1"), variable("layers/dense/vars/2")],
      ...[variable("layers/dense_1/vars/1"), variable("layers/dense_1/vars/0", "I8")],
      ...[variable("layers/embedding/vars/0", "I8"), variable("layers/embedding/vars/1")],
    ]);
    expect([...found]).toEqual([
      ["layers/dense/vars/2", "kernel_scale"],
      ["layers/dense_1/vars/1", "kernel_scale"],
      ["layers/embedding/vars/1", "embeddings_scale"],
    ]);
  });

  it("are plain ones where the first is a float, or the only one, or the class is not known", () => {
    expect([
      ...scaleWords([
        ...[variable("layers/dense/vars/0"), variable("layers/dense/vars/1")],
        variable("layers/dense_1/vars/0", "I8"),
        ...[variable("layers/my_layer/vars/0", "I8"), variable("layers/my_layer/vars/1")],
        variable("dense/kernel", "I8"),
      ]),
    ]).toEqual([]);
  });
});
