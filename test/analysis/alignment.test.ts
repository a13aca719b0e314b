import { describe, expect, it } from "vitest";
import { alignment, alignmentsInOrder } from "#eigenscope/analysis/compare/alignment.js";
import { addColumnProducts, rowProducts } from "#eigenscope/analysis/gram-matrices.js";
import { finish, Pace, unpaced } from "#eigenscope/bytes/pace.js";

/** Values without a pattern, of every sign, some of them zero. */
const valuesOf = (count: number, step: number): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => (k % 7 === 3 ? 0 : Math.sin((k + 1) * step) / 3));

/** A matrix read in blocks of 100 rows. */
function source(rows: number, cols: number, step: number) {
  const values = valuesOf(rows * cols, step);
  return {
    count: 1,
    rows,
    cols,
    reads: 0,
    async *blocks() {
      this.reads++;
      for (let from = 0; from < values.length; from += 100 * cols) yield values.subarray(from, from + 100 * cols);
    },
  };
}

interface Turning {
  readonly onTurn?: (turns: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A pace that gives its turns to the test instead of the event loop. */
function counted({ onTurn = () => {}, signal }: Turning = {}): Pace {
  const pace: Pace = new Pace({ limited: false, signal, nextTurn: async () => onTurn(pace.turns) });
  return pace;
}

/** 3 products of columns, 1024 x 256^2 multiplications each. */
const TALL = [source(1024, 256, 12.9), source(1024, 256, 78.2)] as const;
/** 2 products of rows, half of 256^2 x 1024 multiplications and the diagonal each. */
const WIDE = [source(256, 1024, 12.9), source(256, 1024, 78.2)] as const;

describe("the products of an alignment", () => {
  it.each([
    ["columns", TALL, (3 * 1024 * 256 ** 2) / 2 ** 24],
    ["rows", WIDE, Math.floor((256 * 257 * 1024) / 2 ** 24)],
  ] as const)("of %s give the event loop a turn after each 2^24 multiplications", async (_, [a, b], turns) => {
    const pace = counted();
    const paused = await alignment(a, b, pace);
    expect(pace.turns).toBe(turns);
    expect(paused).toEqual(await alignment(a, b));
    expect(paused.cka).toBeGreaterThan(0);
    expect(paused.cka).toBeLessThan(1);
  });

  it.each([
    ["columns", TALL],
    ["rows", WIDE],
  ] as const)("of %s end at the turn in which they are aborted", async (_, [a, b]) => {
    const controller = new AbortController();
    const pace = counted({
      signal: controller.signal,
      onTurn: (turns) => turns === 2 && controller.abort(new Error("enough")),
    });
    await expect(alignment(a, b, pace)).rejects.toThrow("enough");
    expect(pace.turns).toBe(2);
  });

  it("are the sums in the order of their terms, bit for bit", () => {
    const [rows, cols] = [40, 23];
    const [a, b] = [valuesOf(rows * cols, 12.9), valuesOf(rows * cols, 78.2)];
    const ofColumns = new Float64Array(cols * cols);
    for (let i = 0; i < cols; i++)
      for (let j = 0; j < cols; j++)
        for (let row = 0; row < rows; row++) ofColumns[i * cols + j] += a[row * cols + i] * b[row * cols + j];
    const product = new Float64Array(cols * cols);
    finish(addColumnProducts(product, [a, b], { cols, pace: unpaced() }));
    expect(product).toEqual(ofColumns);

    const ofRows = new Float64Array(rows * rows);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < rows; j++)
        for (let k = 0; k < cols; k++) ofRows[i * rows + j] += a[i * cols + k] * a[j * cols + k];
    expect(finish(rowProducts(a, { rows, cols }, unpaced()))).toEqual(ofRows);
  });
});

describe("alignments of many pairs", () => {
  it(
    "are made one after the other, so that a turn of the event loop comes after 2^24 multiplications of one " +
      "and not of all",
    async () => {
      const order: string[] = [];
      let next = 0;
      const align = alignmentsInOrder((signal) => {
        const name = `${next++}`;
        return counted({ signal, onTurn: () => order.push(name) });
      });
      const both = await Promise.all([align(...WIDE), align(...WIDE)]);
      expect(order).toEqual(["0", "0", "0", "0", "1", "1", "1", "1"]);
      expect(both[0]).toEqual(both[1]);
    },
  );

  it("go on behind one that fails", async () => {
    const align = alignmentsInOrder();
    const failing = align(source(20, 10, 1), source(10, 20, 1));
    const next = align(source(20, 10, 1), source(20, 10, 1));
    await expect(failing).rejects.toThrow(RangeError);
    expect((await next).cka).toBeCloseTo(1, 12);
  });

  it("read nothing once they are aborted", async () => {
    const controller = new AbortController();
    const align = alignmentsInOrder((signal) =>
      counted({ signal, onTurn: () => controller.abort(new Error("enough")) }),
    );
    const waiting = source(20, 10, 1);
    const all = [align(...WIDE, controller.signal), align(waiting, waiting, controller.signal)];
    for (const one of all) await expect(one).rejects.toThrow("enough");
    expect(waiting.reads).toBe(0);
  });
});
