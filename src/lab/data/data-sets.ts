import { SYNTHETIC } from "./synthetic.js";

export type DataSetName = "synthetic" | "mnist" | "fashion-mnist" | "cifar10";

/** The facts about a data set that are known without opening it. */
export interface DataSetFacts {
  /** Its usual name. */
  readonly title: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
  readonly train: number;
  readonly test: number;
  /** Its files in the original layout. Each idx file may also be a .gz file. */
  readonly layout: Layout | null;
  /** How to get it, in one sentence. */
  readonly source: string;
}

export type Layout =
  | { readonly kind: "idx"; readonly train: IdxFiles; readonly test: IdxFiles }
  | { readonly kind: "cifar10"; readonly train: readonly string[]; readonly test: readonly string[] };

interface IdxFiles {
  readonly images: string;
  readonly labels: string;
}

const IDX_LAYOUT: Layout = {
  kind: "idx",
  train: { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" },
  test: { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" },
};

const MNIST_SHAPE = { height: 28, width: 28, channels: 1, classes: 10, train: 60_000, test: 10_000 };

export const DATA_SETS: Readonly<Record<DataSetName, DataSetFacts>> = {
  synthetic: { title: "the built-in task", ...SYNTHETIC, layout: null, source: "It is computed." },
  mnist: {
    title: "MNIST",
    ...MNIST_SHAPE,
    layout: IDX_LAYOUT,
    source: 'Run "eigenscope lab data fetch mnist" (11 MB), or give a folder with its four idx files by --data.',
  },
  "fashion-mnist": {
    title: "Fashion-MNIST",
    ...MNIST_SHAPE,
    layout: IDX_LAYOUT,
    source:
      "Give a folder with its four idx files, .gz or not, by --data (Debian: the package " +
      "dataset-fashion-mnist puts them into /usr/share/datasets/fashion-mnist).",
  },
  cifar10: {
    title: "CIFAR-10",
    ...{ height: 32, width: 32, channels: 3, classes: 10, train: 50_000, test: 10_000 },
    layout: {
      kind: "cifar10",
      train: [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`),
      test: ["test_batch.bin"],
    },
    source:
      'Run "eigenscope lab data fetch cifar10" (139 MB), or give a folder with the binary version ' +
      "(data_batch_1.bin ...) by --data.",
  },
};

export const DATA_SET_NAMES = Object.keys(DATA_SETS) as readonly DataSetName[];
