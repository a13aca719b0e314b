import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  cifar10Bytes,
  DATA_SETS,
  type DataFolder,
  preprocess,
  readCifar10,
  readDataSet,
  readIdxPair,
} from "#eigenscope/lab/index.js";

/** An idx file of unsigned bytes. */
function idx(shape: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length);
  bytes.set([0, 0, 8, shape.length]);
  shape.forEach((side, axis) => {
    new DataView(bytes.buffer).setUint32(4 + 4 * axis, side);
  });
  bytes.set(values, 4 + 4 * shape.length);
  return bytes;
}

const ramp = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7) % 251);

function folder(files: Readonly<Record<string, Uint8Array>>): DataFolder {
  return { label: "there", read: async (name) => files[name] };
}

describe("idx", () => {
  const images = idx([3, 2, 2], ramp(12));
  const labels = idx([3], Uint8Array.of(0, 9, 4));

  it("gives images and labels in the order of the file", () => {
    const read = readIdxPair({ name: "images", bytes: images }, { name: "labels", bytes: labels });
    expect(read).toMatchObject({ count: 3, height: 2, width: 2, channels: 1 });
    expect([...read.pixels]).toEqual([...ramp(12)]);
    expect([...read.labels]).toEqual([0, 9, 4]);
  });

  it.each([
    ["is cut", images.subarray(0, 20), "bytes, but the file has 20 bytes"],
    ["is something else", Uint8Array.of(1, 2, 3), "does not begin like an idx file"],
    ["has other axes", idx([12], ramp(12)), "with 1 axes, expected unsigned bytes (8) with 3 axes"],
  ])("refuses a file that %s, naming it", (_, bytes, sentence) => {
    expect(() => readIdxPair({ name: "images", bytes }, { name: "labels", bytes: labels })).toThrow(sentence);
  });

  it("refuses labels of another count", () => {
    const other = { name: "labels", bytes: idx([2], Uint8Array.of(1, 2)) };
    expect(() => readIdxPair({ name: "images", bytes: images }, other)).toThrow("2 labels for 3 images");
  });
});

describe("CIFAR-10's binary version", () => {
  it("weaves planes into pixels, and back", () => {
    const bytes = ramp(2 * 3073);
    bytes[0] = 3;
    bytes[3073] = 9;
    const images = readCifar10({ name: "data_batch_1.bin", bytes });
    expect([...images.labels]).toEqual([3, 9]);
    // Row 1, column 2 of the second image: one value of each plane.
    const at = 3073 + 1 + 32 + 2;
    expect([...images.pixels.subarray(3072 + (32 + 2) * 3, 3072 + (32 + 2) * 3 + 3)]).toEqual([
      bytes[at],
      bytes[at + 1024],
      bytes[at + 2048],
    ]);
    expect(cifar10Bytes(images)).toEqual(bytes);
  });

  it.each([
    [new Uint8Array(100), "not a whole number of records"],
    [new Uint8Array(3073).fill(10), "the label 10 is not one of the classes"],
  ])("refuses what is not that", (bytes, sentence) => {
    expect(() => readCifar10({ name: "data_batch_1.bin", bytes })).toThrow(sentence);
  });
});

describe("a data set's folder", () => {
  const files = {
    "train-images-idx3-ubyte.gz": new Uint8Array(gzipSync(idx([4, 28, 28], ramp(4 * 784)))),
    "train-labels-idx1-ubyte": idx([4], Uint8Array.of(1, 2, 3, 4)),
    "t10k-images-idx3-ubyte": idx([2, 28, 28], ramp(2 * 784)),
    "t10k-labels-idx1-ubyte.gz": new Uint8Array(gzipSync(idx([2], Uint8Array.of(5, 6)))),
  };

  it("is read whether its files are packed or not, up to the images that are asked for", async () => {
    const { train, test } = await readDataSet({ set: "mnist", train: 3, test: 2 }, folder(files));
    expect([train.count, test.count]).toEqual([3, 2]);
    expect([...train.labels, ...test.labels]).toEqual([1, 2, 3, 5, 6]);
    expect(train.pixels).toEqual(ramp(4 * 784).subarray(0, 3 * 784));
  });

  it("says how to get what is missing, packed broken, or too little", async () => {
    await expect(readDataSet({ set: "cifar10", train: 1, test: 1 }, folder({}))).rejects.toThrow(
      /there: CIFAR-10 is incomplete: data_batch_1\.bin is missing\. Run "eigenscope lab data fetch cifar10"/,
    );
    await expect(readDataSet({ set: "mnist", train: 1, test: 1 }, undefined)).rejects.toThrow(
      /not on this machine.*lab data fetch mnist/,
    );
    await expect(readDataSet({ set: "mnist", train: 5, test: 1 }, folder(files))).rejects.toThrow(
      "5 images were requested, but the files hold 4",
    );
    const broken = { ...files, "train-images-idx3-ubyte.gz": Uint8Array.of(0x1f, 0x8b, 1, 2, 3) };
    await expect(readDataSet({ set: "mnist", train: 1, test: 1 }, folder(broken))).rejects.toThrow(
      "gzip, train-images-idx3-ubyte: the file is damaged",
    );
  });
});

describe("the built-in task", () => {
  it("is the same each time, has all classes and no pixel that says it all", async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(() => readDataSet({ set: "synthetic", train: 500, test: 100 }, undefined)),
    );
    expect(first.train.pixels).toEqual(second.train.pixels);
    expect(new Set(first.train.labels).size).toBe(DATA_SETS.synthetic.classes);
    expect(first.train.pixels).not.toEqual(first.test.pixels.subarray(0, first.train.pixels.length));
  });
});

describe("preprocessing", () => {
  const images = { count: 2, height: 32, width: 32, channels: 3, pixels: ramp(2 * 3072), labels: Uint8Array.of(0, 1) };

  it('"unit" divides by 255', () => {
    const { train } = preprocess({ train: images, test: images }, "unit");
    // Stored in f32: 2^-24 of a number below 1.
    expect(train.images[5]).toBeCloseTo(images.pixels[5] / 255, 7);
  });

  it(
    '"channel-standardised" gives each channel of the training images mean 0 and variance 1, and treats the ' +
      "test images alike",
    () => {
      const shifted = { ...images, pixels: images.pixels.map((value) => value / 2) };
      const { train, test } = preprocess({ train: images, test: shifted }, "channel-standardised");
      const moments = (values: Float32Array, channel: number): [number, number] => {
        const own = values.filter((_, i) => i % 3 === channel);
        const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
        return [mean, own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length];
      };
      for (const channel of [0, 1, 2]) {
        // f32 values: 2048 of them round to within 1e-6 of the moments.
        expect(moments(train.images, channel)[0]).toBeCloseTo(0, 5);
        expect(moments(train.images, channel)[1]).toBeCloseTo(1, 5);
        expect(moments(test.images, channel)[0]).toBeLessThan(-0.5);
      }
    },
  );

  it('"centre-crop-standardised" keeps the middle 28 x 28 and gives each image mean 0 and variance 1', () => {
    const { train } = preprocess({ train: images, test: images }, "centre-crop-standardised");
    expect(train.images).toHaveLength(2 * 28 * 28 * 3);
    const own = train.images.subarray(2352);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    // f32 values of order 1: 2352 of them round to within 1e-6 of the moments.
    expect(mean).toBeCloseTo(0, 5);
    expect(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length).toBeCloseTo(1, 5);
    // Order is kept: the first pixel of the crop is row 2, column 2.
    const [a, b] = [(2 * 32 + 2) * 3, (2 * 32 + 2) * 3 + 1].map((i) => images.pixels[i]);
    expect(Math.sign(train.images[1] - train.images[0])).toBe(Math.sign(b - a));
  });

  it("leaves an image without contrast at 0: the floor of its deviation is 1/sqrt(n)", () => {
    const flat = { ...images, pixels: images.pixels.map(() => 90) };
    const { train } = preprocess({ train: flat, test: flat }, "centre-crop-standardised");
    expect(Math.max(...train.images.map(Math.abs))).toBeLessThan(1e-4);
  });
});
