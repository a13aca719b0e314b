import { describe, expect, it } from "vitest";
import type { MatrixSource } from "#eigenscope/layers/index.js";
import { poolWithFallback, type SpectralPool } from "#eigenscope/spectra/index.js";

const SOURCE = {} as MatrixSource;

/** A pool whose work always gives `name`, or fails with `error`; `warnings` as given. */
function fakePool(name: string, { error, warnings }: { error?: Error; warnings?: readonly string[] } = {}) {
  const calls: string[] = [];
  const work = (kind: string) => async () => {
    calls.push(kind);
    if (error !== undefined) throw error;
    return name as never;
  };
  const pool: SpectralPool = {
    engine: "reference",
    width: 1,
    warnings,
    solve: work("solve"),
    eigenvectors: work("eigenvectors"),
    approximate: work("approximate"),
    close: async () => void calls.push("close"),
  };
  return { pool, calls };
}

const failing = new Error("no thread");
const leave = (cause: unknown) => (cause === failing ? "the other pool did the work" : undefined);
const solve = (pool: SpectralPool) => pool.solve(SOURCE, undefined, {} as never);

describe("a pool with a fallback", () => {
  it("stays with its first pool while that works, and makes no other", async () => {
    const first = fakePool("first");
    let made = 0;
    const fallback = () => {
      made++;
      return fakePool("second").pool;
    };
    const pool = poolWithFallback({ pool: first.pool, reasonToLeave: leave, fallback });
    expect([await solve(pool), await solve(pool)]).toEqual(["first", "first"]);
    expect([made, pool.warnings]).toEqual([0, []]);
    await pool.close();
    expect(first.calls).toEqual(["solve", "solve", "close"]);
  });

  it("hands an error that is the stack's own to the caller, and stays", async () => {
    const own = new Error("NaN");
    const first = fakePool("first", { error: own });
    const pool = poolWithFallback({ pool: first.pool, reasonToLeave: leave, fallback: () => fakePool("second").pool });
    await expect(solve(pool)).rejects.toBe(own);
    expect(pool.warnings).toEqual([]);
    await expect(solve(pool)).rejects.toBe(own);
    expect(first.calls).toEqual(["solve", "solve"]);
  });

  it("goes to the other pool for good, with one warning, however many stacks fail at the same time", async () => {
    const [first, second] = [fakePool("first", { error: failing }), fakePool("second")];
    let made = 0;
    const fallback = () => {
      made++;
      return second.pool;
    };
    const pool = poolWithFallback({ pool: first.pool, reasonToLeave: leave, fallback });
    expect(await Promise.all([solve(pool), solve(pool)])).toEqual(["second", "second"]);
    expect(await pool.eigenvectors(SOURCE, {} as never)).toBe("second");
    expect(await pool.approximate(SOURCE, {} as never)).toBe("second");
    expect([made, pool.warnings]).toEqual([1, ["the other pool did the work"]]);
    expect(first.calls).toEqual(["solve", "solve"]);
    await pool.close();
    expect([first.calls.at(-1), second.calls.at(-1)]).toEqual(["close", "close"]);
  });

  it("has the warnings that were known, its own, and those of both pools", async () => {
    const first = fakePool("first", { error: failing, warnings: ["of the first"] });
    const second = fakePool("second", { warnings: ["of the second"] });
    const pool = poolWithFallback({
      pool: first.pool,
      reasonToLeave: leave,
      fallback: () => second.pool,
      warnings: ["known"],
    });
    expect(pool.warnings).toEqual(["known", "of the first"]);
    await solve(pool);
    expect(pool.warnings).toEqual(["known", "the other pool did the work", "of the first", "of the second"]);
  });
});
