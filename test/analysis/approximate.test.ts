import { describe, expect, it } from "vitest";
import { analyzeFiles, type LayerResult, type Report } from "#eigenscope/analysis/index.js";
import { NOT_MEASURED, solveLayer } from "#eigenscope/analysis/layer-task.js";
import { resolveOptions } from "#eigenscope/analysis/options.js";
import type { Outcome } from "#eigenscope/analysis/store/outcome.js";
import { createWasmEngine, inPlacePool, type SpectralPool } from "#eigenscope/spectra/index.js";
import { ramFiles } from "../ram-files.js";
import { testMatrix } from "../spectra/test-matrices.js";

const [rows, cols] = [300, 180];
const files = (values: Float32Array) => ramFiles({ "w.npy": { values, shape: [rows, cols] } });
const values = Float32Array.from(testMatrix({ kind: "spike", rows, cols, seed: 4 }));

/** A pool that takes no matrix of more than `most` columns, as an engine says it. */
function small(most: number): SpectralPool {
  const pool = inPlacePool(createWasmEngine());
  return {
    ...pool,
    async solve(source, signal, options) {
      if (source.cols > most)
        throw new RangeError(`a ${source.rows} x ${source.cols} matrix needs 9.4 GiB, more than there is`);
      return pool.solve(source, signal, options);
    },
  };
}

async function run(most: number, { seed = 0, of = values } = {}): Promise<{ report: Report; result: LayerResult }> {
  const analysis = analyzeFiles(files(of), { seed }, { createPool: async () => small(most) });
  return { report: await analysis.report(), result: (await analysis.results())[0] };
}

describe("a layer too large for any engine", () => {
  it("is analysed approximately, says so, and has what trace and top tell", async () => {
    const [{ result, report }, exact] = [await run(100), await run(1000)];
    const [found, wanted] = [result.record, exact.result.record];
    expect(found.status).toBe("success");
    expect(found.route).toBe("lanczos");
    expect(found.notes.join()).toMatch(/^approximate: lambda_max \(error at most \S+\) by block Lanczos, the density /);
    expect(found.notes.join()).toContain(
      "the density by stochastic Lanczos quadrature (8 probes, 80 steps, weights read 80 times",
    );
    for (const column of [
      "lambda_max",
      "sv_max",
      "norm",
      "log_norm",
      "spectral_norm",
      "log_spectral_norm",
      "stable_rank",
    ] as const) {
      expect(Math.abs((found[column] as number) / (wanted[column] as number) - 1)).toBeLessThan(1e-10);
    }
    expect(result.approximate?.approximate).toBe(true);
    expect(report.summary.failed).toBe(0);
  });

  it("has no number that needs all eigenvalues, and the reason in its place", async () => {
    const { record } = (await run(100)).result;
    for (const column of ["alpha", "lambda_min", "matrix_rank", "entropy", "bulk_sigma", "spikes", "phase"] as const)
      expect(record[column]).toBeNull();
    const reason = "the spectrum is approximate: a 300 x 180 matrix is too large for computing all its eigenvalues";
    expect([record.alpha_reason, record.phase_reason, record.verdict_reason]).toEqual([reason, reason, reason]);
    expect(record.alpha_valid).toBe(false);
  });

  it("is the same for the same seed", async () => {
    const [a, b, c] = [await run(100), await run(100), await run(100, { seed: 5 })];
    expect(a.result.approximate).toEqual(b.result.approximate);
    expect(a.result.approximate?.cdf.value).not.toEqual(c.result.approximate?.cdf.value);
  });

  it("keeps its approximate spectrum where only that is wanted, and has a row without numbers", async () => {
    const analysis = analyzeFiles(files(values), {}, { createPool: async () => small(1000) });
    const [{ layer }] = await analysis.results();
    const kept: Outcome[] = [];
    const store = { get: async () => undefined, put: async (outcome: Outcome) => void kept.push(outcome) };
    const memory = { store, files: "of the file", writes: true };
    for (const onlyKept of [false, true]) {
      const { result } = await solveLayer(layer, resolveOptions({}), { pool: small(100), memory, onlyKept });
      expect([result.record.route, result.record.reason]).toEqual(onlyKept ? [null, NOT_MEASURED] : ["lanczos", null]);
    }
    expect(kept.map(({ kind }) => kind)).toEqual(["approximate", "approximate"]);
    expect(kept[1]).toEqual(kept[0]);
  });

  it("is still refused where its weights are not finite", async () => {
    const broken = values.map((value, k) => (k === 777 ? Number.NaN : value));
    const { record } = (await run(100, { of: broken })).result;
    expect(record.status).toBe("failed");
    expect(record.reason).toMatch(/not finite \(1 NaN, 0 Inf\)/);
  });
});
