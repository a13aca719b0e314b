/** The sides of the block of codes that share a scale. */
export type Block = readonly [rows: number, cols: number];

/** The arrangement of scales over a matrix: one for each block, `across` of them side by side. */
export interface Grid {
  readonly block: Block;
  readonly across: number;
  /** Scales of one matrix; 0 if all matrices share them. */
  readonly perMatrix: number;
}

export interface GridOptions {
  /** The sides of a block as the file's configuration or metadata give them. */
  readonly block?: readonly number[];
  /** What a single axis of scales runs along, if both sides are as long. Default "rows". */
  readonly vector?: "rows" | "columns";
}

/** DeepSeek's block size, the usual one. */
const USUAL_BLOCK = 128;
/** Scales of a fused gate and up projection: one for each half of the rows. */
const MAX_FUSED = 3;

/**
 * Which scale belongs to which code of a matrix, or of each matrix of a stack (leading axes): one scale for all, one
 * per matrix, per row, per column, or per block. Undefined if the shapes do not fit each other, or if they leave open
 * how long a block is.
 */
export function gridOf(
  shape: readonly number[],
  scales: readonly number[],
  { block, vector = "rows" }: GridOptions = {},
): Grid | undefined {
  const [height, cols] = shape.slice(-2);
  if (shape.length < 2 || height === 0 || cols === 0) return undefined;
  if (scales.every((side) => side === 1)) return { block: [height, cols], across: 1, perMatrix: 0 };
  const stack = shape.slice(0, -2);
  if (!stack.every((side, k) => scales[k] === side)) return undefined;
  const rest = scales.slice(stack.length);
  const sides = rest.length < 2 ? sidesOf(rest[0] ?? 1, { height, cols, vector, stacked: stack.length > 0 }) : rest;
  if (sides === undefined || sides.length !== 2) return undefined;
  const [down, across] = sides;
  const rows = blockSide(height, down, block?.[0]);
  const columns = blockSide(cols, across, block?.[1]);
  return rows === undefined || columns === undefined
    ? undefined
    : { block: [rows, columns], across, perMatrix: down * across };
}

interface Vector {
  readonly height: number;
  readonly cols: number;
  readonly vector: "rows" | "columns";
  readonly stacked: boolean;
}

/** One axis of scales: as many as rows, as columns, or as matrices that were fused. */
function sidesOf(count: number, { height, cols, vector, stacked }: Vector): readonly number[] | undefined {
  if (count === 1) return [1, 1];
  const along = vector === "rows" ? [height, cols] : [cols, height];
  if (count === along[0]) return vector === "rows" ? [count, 1] : [1, count];
  if (count === along[1]) return vector === "rows" ? [1, count] : [count, 1];
  return stacked && count <= MAX_FUSED && height % count === 0 ? [count, 1] : undefined;
}

/**
 * How many codes along a side share one of `count` scales: the declared block if it fits, else the usual one, else what
 * the numbers leave no choice about. The last block may be partial.
 */
function blockSide(side: number, count: number, declared: number | undefined): number | undefined {
  const fits = (block: number): boolean => block >= 1 && Math.ceil(side / block) === count;
  if (count === 1) return side;
  if (count === side) return 1;
  if (declared !== undefined && fits(declared)) return declared;
  if (fits(USUAL_BLOCK)) return USUAL_BLOCK;
  const power = [1024, 512, 256, 64, 32, 16, 8, 4, 2].find(fits);
  const exact = side % count === 0 ? side / count : undefined;
  if (power === undefined || exact === undefined || power === exact) return power ?? exact;
  return undefined;
}

/** The index of the first scale of a row of the stack, whose matrices have `height` rows. */
export function scaleLine({ block, across, perMatrix }: Grid, row: number, height: number): number {
  return perMatrix * Math.floor(row / height) + across * Math.floor((row % height) / block[0]);
}
