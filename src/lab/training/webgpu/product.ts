import type { Kernel } from "./kernel.js";
import { type Extent, entryPoint } from "./wgsl.js";

/**
 * A matrix as the WGSL body of a function of two indices, and the index along which its values are contiguous in
 * memory.
 */
export interface Operand<Along extends string> {
  readonly body: string;
  readonly along: Along;
}

/**
 * The product of a `rows` x `depth` and a `depth` x `columns` matrix. The operands need not be stored as matrices: the
 * patches of a convolution are gathered while their tiles are loaded.
 */
export interface Product extends Pick<Kernel, "label" | "reads" | "writes"> {
  /** WGSL functions that the operands call. */
  readonly prelude?: string;
  readonly rows: Extent;
  readonly columns: Extent;
  readonly depth: Extent;
  /** A function of `row` and `k`. */
  readonly left: Operand<"row" | "k">;
  /** A function of `k` and `column`. */
  readonly right: Operand<"k" | "column">;
  /** WGSL that stores `value` at `row` and `column` of share `share`. */
  readonly store: string;
  /** The depth is cut into shares of this length, each with its own product. Default: one share. */
  readonly shareLength?: number;
  /** The largest batch. */
  readonly batch: number;
}

/** Length along the depth that a workgroup loads at once. */
const DEPTH = 16;
/** Rows and columns of threads in a workgroup. */
const SIDE = 16;
/** With fewer large tiles, a GPU is not fully used, and small tiles are used instead. */
const MIN_LARGE_TILES = 64;

/**
 * Side of the square tile of the result that a workgroup computes: four or two values per thread in each direction. It
 * depends only on the sizes, so that the bits do too.
 */
export function tileSide(rows: number, columns: number): number {
  const tiles = Math.ceil(rows / (4 * SIDE)) * Math.ceil(columns / (4 * SIDE));
  return SIDE * (tiles >= MIN_LARGE_TILES ? 4 : 2);
}

export function sharesOf(depth: number, shareLength: number): number {
  return Math.ceil(depth / shareLength);
}

/** Each value is summed along the depth in ascending order. The order of the workgroups does not matter. */
export function productKernel({
  prelude = "",
  rows,
  columns,
  depth,
  left,
  right,
  store,
  shareLength,
  batch,
  ...kernel
}: Product): Kernel {
  const side = tileSide(rows.of(batch), columns.of(batch));
  const each = side / SIDE;
  const sums = Array.from({ length: each }, (_, index) => index);
  // One extra number per row puts the entries of a column into different memory banks.
  const stride = side + 1;
  /** Consecutive lanes load contiguous values. */
  const load = (
    tile: string,
    { along, index, bound, value }: Record<"along" | "index" | "bound" | "value", string>,
  ): string => `
    for (var e = lane; e < ${DEPTH * side}u; e += ${SIDE * SIDE}u) {
      let here = vec2u(${along === "k" ? `e % ${DEPTH}u, e / ${DEPTH}u` : `e / ${side}u, e % ${side}u`});
      let k = k0 + here.x;
      let index = ${index};
      var value = 0.0;
      if (k < end && index < ${bound}) { value = ${value}; }
      ${tile}[here.x * ${stride}u + here.y] = value;
    }`;
  const keepSum = (i: number, j: number): string =>
    `keep(firstRow + y + ${SIDE * i}u, firstColumn + x + ${SIDE * j}u, share, sum${i}[${j}]);`;
  return {
    ...kernel,
    groups: (count) => ({
      tiles: Math.ceil(rows.of(count) / side) * Math.ceil(columns.of(count) / side),
      shares: shareLength === undefined ? 1 : sharesOf(depth.of(count), shareLength),
    }),
    body: `
var<workgroup> leftTile: array<f32, ${DEPTH * stride}>;
var<workgroup> rightTile: array<f32, ${DEPTH * stride}>;
${prelude}
fn leftAt(row: u32, k: u32) -> f32 { ${left.body} }
fn rightAt(k: u32, column: u32) -> f32 { ${right.body} }
fn keep(row: u32, column: u32, share: u32, value: f32) {
  if (row < ${rows.text} && column < ${columns.text}) { ${store} }
}
${entryPoint(`
  let tilesAcross = (${columns.text} + ${side - 1}u) / ${side}u;
  let firstRow = tile / tilesAcross * ${side}u;
  let firstColumn = tile % tilesAcross * ${side}u;
  if (firstRow >= ${rows.text}) { return; }
  let begin = ${shareLength === undefined ? "0u" : `share * ${shareLength}u`};
  let end = ${shareLength === undefined ? depth.text : `min(${depth.text}, begin + ${shareLength}u)`};
  let x = lane % ${SIDE}u;
  let y = lane / ${SIDE}u;
  ${sums.map((i) => `var sum${i} = vec${each}f();`).join(" ")}
  for (var k0 = begin; k0 < end; k0 += ${DEPTH}u) {
    ${load("leftTile", {
      along: left.along,
      index: "firstRow + here.y",
      bound: rows.text,
      value: "leftAt(index, k)",
    })}
    ${load("rightTile", {
      along: right.along,
      index: "firstColumn + here.y",
      bound: columns.text,
      value: "rightAt(k, index)",
    })}
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}u; k++) {
      let at = k * ${stride}u;
      let right = vec${each}f(${sums.map((j) => `rightTile[at + x + ${SIDE * j}u]`).join(", ")});
      ${sums.map((i) => `sum${i} += leftTile[at + y + ${SIDE * i}u] * right;`).join("\n      ")}
    }
    workgroupBarrier();
  }
  ${sums.flatMap((i) => sums.map((j) => keepSum(i, j))).join("\n  ")}`)}`,
  };
}
