import type { Tensor } from "../formats/tensor.js";
import { contiguousView, type Part, type Reading, type ReadingContext, type Rule } from "./reading.js";
import { nameParts } from "./tensor-name.js";

/** Gates in stored order, by their number. PyTorch: LSTM i f g o, GRU r z n. Keras: LSTM i f c o, GRU z r h. */
const GATES = {
  torch: { 4: ["i", "f", "g", "o"], 3: ["r", "z", "n"] },
  keras: { 4: ["i", "f", "c", "o"], 3: ["z", "r", "h"] },
} as const;

/**
 * The matrices of recurrent cells, one layer per gate. PyTorch stacks the gates' rows in `weight_ih_l0` (g*h x in) and
 * `weight_hh_l0` (g*h x h), Keras their columns in `kernel` (in x g*h) and `recurrent_kernel` (h x g*h). The number of
 * gates follows from the recurrent matrix, whose other side is h. A plain RNN (g = 1) stays whole, and so does a cell
 * whose sides do not fit. If the file's graph names the gates (ONNX: a leading axis of directions, LSTM i o f c, GRU z
 * r h), the graph decides.
 */
export const readRecurrent: Rule = (tensor, context) => {
  const fromGraph = readingFromGraph(tensor);
  if (fromGraph !== undefined) return fromGraph;
  if (tensor.shape.length !== 2) return undefined;
  const { owner, leaf } = nameParts(tensor.name);
  const torch = /^weight_([ih])h(_l\d+(?:_reverse)?)?$/.exec(leaf);
  if (torch !== null) {
    const recurrent = context.byName.get(`${owner}weight_hh${torch[2] ?? ""}`) ?? tensor;
    return gated(tensor, gateCount(recurrent.shape[0], recurrent.shape[1], tensor.shape[0]), "torch");
  }
  if (/^weight_hr_l\d+(_reverse)?$/.test(leaf)) return gated(tensor, 1, "torch");
  const recurrent =
    leaf === "recurrent_kernel" ? tensor : leaf === "kernel" ? kerasCompanion(tensor, owner, context) : undefined;
  if (recurrent === undefined) return undefined;
  return gated(tensor, gateCount(recurrent.shape[1], recurrent.shape[0], tensor.shape[1]), "keras");
};

/** The recurrent kernel beside a kernel, if there is one: only a cell has it. */
function kerasCompanion(tensor: Tensor, owner: string, { byName }: ReadingContext): Tensor | undefined {
  const companion =
    byName.get(`${owner}recurrent_kernel`) ??
    byName.get(`${owner}recurrent_kernel${tensor.name.endsWith(":0") ? ":0" : ""}`);
  return companion?.shape.length === 2 ? companion : undefined;
}

function gateCount(stacked: number, hidden: number, side: number): number {
  const gates = stacked / hidden;
  return (gates === 3 || gates === 4) && side % gates === 0 ? gates : 1;
}

function gated(tensor: Tensor, count: number, framework: keyof typeof GATES): Reading {
  const [rows, cols] = tensor.shape;
  const names: readonly string[] = count === 4 || count === 3 ? GATES[framework][count] : [""];
  const along = framework === "torch" ? "rows" : "columns";
  return {
    type: "recurrent",
    parts: gateParts({ rows, cols, along, names }),
    notes: gateNotes(names, framework === "torch" ? "PyTorch" : "Keras"),
  };
}

/** Both directions of a cell in one tensor, as ONNX stacks them. */
const DIRECTIONS = ["[forward]", "[reverse]"];

function readingFromGraph({ shape, hints }: Tensor): Reading | undefined {
  const [rows, cols] = shape.slice(-2);
  const directions = shape.length === 3 ? shape[0] : 1;
  if (hints?.gates === undefined || shape.length < 2 || shape.length > 3 || directions > DIRECTIONS.length)
    return undefined;
  const { along, names: gateNames } = hints.gates;
  const names = gateNames.length > 0 && (along === "rows" ? rows : cols) % gateNames.length === 0 ? gateNames : [""];
  const parts = Array.from({ length: directions }, (_, k) => {
    const prefix = directions === 1 ? "" : DIRECTIONS[k];
    return gateParts({ rows, cols, along, names, prefix, offset: k * rows * cols });
  });
  return { type: "recurrent", parts: parts.flat(), notes: gateNotes(names, "the graph's") };
}

interface StackedGates {
  readonly rows: number;
  readonly cols: number;
  readonly along: "rows" | "columns";
  readonly names: readonly string[];
  /** For one cell of several in a tensor: the prefix of its layers' suffixes, and its first element. */
  readonly prefix?: string;
  readonly offset?: number;
}

function gateParts({ rows, cols, along, names, prefix = "", offset = 0 }: StackedGates): Part[] {
  return names.map((gate, k): Part => {
    const suffix = prefix + (gate === "" ? "" : `[${gate}]`);
    if (along === "rows") {
      const height = rows / names.length;
      return {
        suffix,
        shape: [height, cols],
        view: contiguousView(1, height, cols, offset + k * height * cols),
        eigenvalueScale: 1,
      };
    }
    const width = cols / names.length;
    const view = {
      count: 1,
      rows,
      cols: width,
      offset: offset + k * width,
      matrixStride: 0,
      rowStride: cols,
      colStride: 1,
    };
    return { suffix, shape: [rows, width], view, eigenvalueScale: 1 };
  });
}

function gateNotes(names: readonly string[], whose: string): string[] {
  return names.length === 1
    ? []
    : [`one of ${names.length} gates (${names.join(", ")}) stored in one tensor, in ${whose} order`];
}
