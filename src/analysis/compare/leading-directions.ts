import { Pace, type Steps } from "../../bytes/pace.js";
import type { MatrixSource } from "../../layers/index.js";
import { logGamma, logUpperGamma, symmetricEigen } from "../../numeric/index.js";
import { type ExpectedTurn, type OverlapLaw, overlapLaw, overlapSurvival, turnByNoise } from "../../rmt/index.js";
import type { SpectralPool } from "../../spectra/index.js";
import { type GramLimit, gramObjection, PRODUCTS_PER_STEP } from "../gram-matrices.js";
import { type PairedRows, pairedBlocks } from "../matrix-blocks.js";
import { countAbove } from "./random-part.js";

/** Which directions lead, and the noise by which they may be turned. In the units of the eigenvalues of W'W. */
export interface DirectionsRequest {
  /** Eigenvalues of A above it lead. null: as many as the stable rank of each matrix, rounded up. */
  readonly edgeA: number | null;
  /** Directions of B above it are among those that A's are looked for in. null: as many as lead in A. */
  readonly edgeB: number | null;
  /** Variance of an entry of the noise in W_B - W_A. */
  readonly sigma2: number;
}

/** The leading directions of A in the leading subspace of B, over all matrices of a stack. */
export interface SideOverlap {
  /** Mean squared cosine between a leading direction of A and the leading subspace of B. */
  readonly cos2: number;
  /** Its mean for a random subspace, l/n. */
  readonly chance: number;
  /** P(random subspaces overlap more). */
  readonly p: number;
  /** Largest principal angle, in degrees. */
  readonly angle: number;
}

/** What became of the leading directions of A. "left": of length rows, "right": of length cols, as W is stored. */
export interface LeadingDirections {
  /** How many directions of A were looked for, over all matrices. */
  readonly leading: number;
  readonly left: SideOverlap;
  readonly right: SideOverlap;
  /** How many of them turned away from B's leading subspace by more than the noise explains. */
  readonly turned: number;
}

/** Most leading directions of a matrix. Their angles come from matrices of this side. */
export const MAX_LEADING = 128;
/** A direction is turned only if more than this share of its squared length left B's leading subspace: 18 degrees. */
export const MIN_TURN = 0.1;
/**
 * ... and more than this many times what the noise explains on average: `turnByNoise` is first order, and rounding has
 * other variances in other rows.
 */
export const MIN_TURN_OVER_NOISE = 2;
/** ... and with this probability, divided by the number of directions and sides, that the noise turns it so far. */
const TURN_LEVEL = 0.01;

/**
 * An eigensystem of M = 2048 takes 5 s of processor time, four times its spectrum, and grows like M^3. 2^25 entries are
 * 256 MiB of f64: a wide matrix is held as a whole.
 */
const DIRECTIONS_LIMIT: GramLimit = { M: 2048, entries: 2 ** 25, products: 2 ** 36 };

/** The reason why the directions of two stacks are not compared, or null. */
export function directionsObjection(source: Pick<MatrixSource, "rows" | "cols">): string | null {
  return gramObjection(source, DIRECTIONS_LIMIT);
}

/** Bytes for the vectors of both stacks and the products of wide matrices. */
export function directionsBytes({ count, rows, cols }: Pick<MatrixSource, "count" | "rows" | "cols">): number {
  const [N, M] = [Math.max(rows, cols), Math.min(rows, cols)];
  const most = Math.min(M, MAX_LEADING);
  return 8 * 2 * most * (count * M + (rows < cols ? N : most));
}

/**
 * Compares the leading singular subspaces of two stacks of one shape, on both sides. Eigenvectors of the smaller side
 * come from the pool; the vectors of the larger side are W z/s, and their products are summed while both stacks stream.
 * O(N M^2 + 7 M^3 + N M k) per matrix and k <= `MAX_LEADING` directions. Yields to the event loop by `pace`.
 */
export async function leadingDirections(
  [a, b]: readonly [MatrixSource, MatrixSource],
  request: DirectionsRequest,
  { pool, pace = new Pace({ limited: false }) }: { readonly pool: SpectralPool; readonly pace?: Pace },
): Promise<LeadingDirections> {
  const ofA = await leadersOf(a, request.edgeA, { pool, pace });
  const ofB = await leadersOf(b, request.edgeB, { pool, pace, atLeast: ofA });
  const pairs = ofA.map((inA, k): Pair => ({ a: inA, b: ofB[k] }));
  const smaller = pairs.map(({ a: inA, b: inB }) => products(inA.vectors, inB.vectors));
  const larger = await largerSide([a, b], pairs, pace);
  const [N, M] = [Math.max(a.rows, a.cols), Math.min(a.rows, a.cols)];
  const [ofSmaller, ofLarger] = [sideOverlap(smaller, pairs, M), sideOverlap(larger, pairs, N)];
  const leading = pairs.reduce((sum, { a: { count } }) => sum + count, 0);
  const [left, right] = a.rows < a.cols ? [ofSmaller, ofLarger] : [ofLarger, ofSmaller];
  return { leading, left, right, turned: countTurned([smaller, larger], pairs, { N, leading, ...request }) };
}

/** The leading directions of one matrix: all its eigenvalues, and the vectors of the leading ones, largest first. */
interface Leaders {
  readonly eigenvalues: Float64Array;
  readonly count: number;
  readonly vectors: readonly Float64Array[];
}

interface Pair {
  readonly a: Leaders;
  readonly b: Leaders;
}

async function leadersOf(
  source: MatrixSource,
  edge: number | null,
  {
    pool,
    pace,
    atLeast,
  }: { readonly pool: SpectralPool; readonly pace: Pace; readonly atLeast?: readonly Leaders[] | undefined },
): Promise<readonly Leaders[]> {
  const leaders: Leaders[] = [];
  await pool.eigenvectors(
    source,
    {
      side: source.rows < source.cols ? "rows" : "columns",
      onMatrix({ values, vectors }) {
        const M = values.length;
        const eigenvalues = values.map((value) => Math.max(0, value));
        // A vector of an eigenvalue of zero has no direction.
        const resolved = countAbove(eigenvalues, M * Number.EPSILON * eigenvalues[M - 1]);
        const asked = atLeast?.[leaders.length]?.count ?? 0;
        const own = edge === null ? (atLeast === undefined ? stableRank(eigenvalues) : 0) : countAbove(values, edge);
        const count = Math.min(MAX_LEADING, resolved, Math.max(asked, own));
        const first = (k: number): number => (M - 1 - k) * M;
        leaders.push({
          eigenvalues,
          count,
          vectors: Array.from({ length: count }, (_, k) => vectors.slice(first(k), first(k) + M)),
        });
      },
    },
    pace.signal,
  );
  return leaders;
}

function stableRank(eigenvalues: Float64Array): number {
  return Math.ceil(eigenvalues.reduce((sum, lambda) => sum + lambda, 0) / eigenvalues[eigenvalues.length - 1]);
}

/** cosines[i][j] between the directions of A and of B. */
type Cosines = readonly Float64Array[];

function products(rows: readonly Float64Array[], others: readonly Float64Array[]): Cosines {
  return rows.map((u) => Float64Array.from(others, (v) => u.reduce((sum, value, i) => sum + value * v[i], 0)));
}

/** Cosines of the vectors of the larger side, W z/s, per matrix of the stacks. */
async function largerSide(
  [a, b]: readonly [MatrixSource, MatrixSource],
  pairs: readonly Pair[],
  pace: Pace,
): Promise<readonly Cosines[]> {
  const cosines: Cosines[] = [];
  let sums = emptySums(a, pairs[0]);
  for await (const block of pairedBlocks(a, b, pace.signal)) {
    const pair = pairs[block.matrix];
    await pace.run(addBlock(sums, block, { pair, wide: a.rows < a.cols, cols: a.cols, pace }));
    if (block.firstRow + block.rows < a.rows) continue;
    const crossed = a.rows < a.cols ? products(sums.a, sums.b) : sums.cross;
    const lengths = (leaders: Leaders): Float64Array =>
      Float64Array.from({ length: leaders.count }, (_, k) =>
        Math.sqrt(leaders.eigenvalues[leaders.eigenvalues.length - 1 - k]),
      );
    const [s, t] = [lengths(pair.a), lengths(pair.b)];
    cosines.push(crossed.map((row, i) => row.map((value, j) => value / (s[i] * t[j]))));
    sums = emptySums(a, pairs[block.matrix + 1] ?? pair);
  }
  return cosines;
}

/** Of a tall matrix the products of W_A z_i and W_B z_j; of a wide one these vectors themselves. */
interface Sums {
  readonly cross: Float64Array[];
  readonly a: Float64Array[];
  readonly b: Float64Array[];
}

function emptySums({ rows, cols }: MatrixSource, { a, b }: Pair): Sums {
  const zeros = (count: number, length: number): Float64Array[] =>
    Array.from({ length: count }, () => new Float64Array(length));
  return rows < cols
    ? { cross: [], a: zeros(a.count, cols), b: zeros(b.count, cols) }
    : { cross: zeros(a.count, b.count), a: [], b: [] };
}

function* addBlock(
  sums: Sums,
  block: PairedRows,
  {
    pair,
    wide,
    cols,
    pace,
  }: { readonly pair: Pair; readonly wide: boolean; readonly cols: number; readonly pace: Pace },
): Steps<void> {
  for (let row = 0; row < block.rows; row++) {
    const rowA = block.a.subarray(row * cols, (row + 1) * cols);
    const rowB = block.b.subarray(row * cols, (row + 1) * cols);
    if (wide) {
      addMultiples(sums.a, pair.a.vectors, rowA, block.firstRow + row);
      addMultiples(sums.b, pair.b.vectors, rowB, block.firstRow + row);
    } else {
      const [inA, inB] = [dots(pair.a.vectors, rowA), dots(pair.b.vectors, rowB)];
      for (let i = 0; i < inA.length; i++) for (let j = 0; j < inB.length; j++) sums.cross[i][j] += inA[i] * inB[j];
    }
    if (pace.spend(((pair.a.count + pair.b.count) * cols) / PRODUCTS_PER_STEP)) yield;
  }
}

function addMultiples(
  sums: readonly Float64Array[],
  vectors: readonly Float64Array[],
  row: ArrayLike<number>,
  at: number,
): void {
  for (let k = 0; k < sums.length; k++) {
    const [sum, factor] = [sums[k], vectors[k][at]];
    for (let j = 0; j < sum.length; j++) sum[j] += factor * row[j];
  }
}

function dots(vectors: readonly Float64Array[], row: ArrayLike<number>): Float64Array {
  const result = new Float64Array(vectors.length);
  for (let k = 0; k < vectors.length; k++) {
    const vector = vectors[k];
    let sum = 0;
    for (let j = 0; j < vector.length; j++) sum += vector[j] * row[j];
    result[k] = sum;
  }
  return result;
}

/** Overlap of the leading subspaces on the side of length n, over all matrices that have leading directions. */
function sideOverlap(cosines: readonly Cosines[], pairs: readonly Pair[], n: number): SideOverlap {
  let overlap = 0;
  let leading = 0;
  let smallest = 1;
  const laws: OverlapLaw[] = [];
  pairs.forEach(({ a, b }, k) => {
    if (a.count === 0) return;
    leading += a.count;
    if (b.count === 0) {
      smallest = 0;
      return;
    }
    const law = overlapLaw({ n, k: a.count, l: b.count });
    laws.push(law);
    // Rounding may push it above its largest value by a few eps.
    overlap += Math.min(
      law.high,
      cosines[k].reduce((sum, row) => sum + squaredNorm(row), 0),
    );
    smallest = Math.min(smallest, smallestSquaredCosine(cosines[k]));
  });
  return {
    cos2: overlap / leading,
    chance: laws.reduce((sum, { mean }) => sum + mean, 0) / leading,
    p: overlapSurvival(overlap, laws),
    angle: (180 / Math.PI) * Math.acos(Math.sqrt(Math.max(0, Math.min(1, smallest)))),
  };
}

/** Squared cosine of the largest principal angle: the smallest eigenvalue of C C'. */
function smallestSquaredCosine(cosines: Cosines): number {
  const k = cosines.length;
  return symmetricEigen(Float64Array.from(products(cosines, cosines).flatMap((row) => [...row])), k).values[0];
}

/** Directions that turned by more than the noise explains, on one side or the other. */
function countTurned(
  [smaller, larger]: readonly [readonly Cosines[], readonly Cosines[]],
  pairs: readonly Pair[],
  { N, leading, sigma2 }: { readonly N: number; readonly leading: number; readonly sigma2: number },
): number {
  const level = TURN_LEVEL / (2 * leading);
  let turned = 0;
  pairs.forEach(({ a: { eigenvalues, count } }, k) => {
    for (let index = 0; index < count; index++) {
      const expected = turnByNoise({ eigenvalues, index, leading: count, N, sigma2 });
      const [small, large] = [1 - squaredNorm(smaller[k][index]), 1 - squaredNorm(larger[k][index])];
      if (isTurned(small, expected.smaller, level) || isTurned(large, expected.larger, level)) turned++;
    }
  });
  return turned;
}

/** Whether a squared sine is more than the noise explains. Exported for tests of its bounds. */
export function isTurned(sine2: number, { mean, sd }: ExpectedTurn, level: number): boolean {
  if (!(sine2 > MIN_TURN && sine2 > MIN_TURN_OVER_NOISE * mean)) return false;
  if (mean === 0) return true;
  // A sum of squared Gaussians: chi-squared with the same mean and variance [Sat46].
  const half = (mean / sd) ** 2;
  return logUpperGamma(half, (half * sine2) / mean) - logGamma(half) < Math.log(level);
}

function squaredNorm(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
