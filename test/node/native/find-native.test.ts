import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { INTERFACE_VERSION, type NativeAddon } from "#eigenscope/node/native/addon.js";
import {
  cachedLibrary,
  type NativeSearch,
  nativeCandidates,
  searchNative,
  whyNoNative,
} from "#eigenscope/node/native/find-native.js";
import { openPool } from "#eigenscope/node/native/open-pool.js";
import { createReferenceEngine } from "#eigenscope/spectra/index.js";
import { addon, LIBRARY } from "./library.js";

const PATH = "/opt/native.node";
const env = { EIGENSCOPE_NATIVE: PATH };

/**
 * A library made of the reference engine: what the loader asks of it, without a compiler. `wrong` is added to the
 * largest eigenvalue.
 */
function double({ wrong = 0, ...other }: { wrong?: number } & Partial<NativeAddon> = {}): NativeAddon {
  let matrix: { rows: number; cols: number; values: number[] } = { rows: 0, cols: 0, values: [] };
  let bidiagonal = false;
  const solved = (): Float64Array => {
    const { cols, values } = matrix;
    const task = createReferenceEngine().begin({ count: 1, rows: values.length / cols, cols });
    task.push(Float64Array.from(values));
    return task.finish().eigenvalues;
  };
  const begin = (M: number): number => {
    matrix = { rows: 0, cols: M, values: [] };
    return 0;
  };
  return {
    version: INTERFACE_VERSION,
    targets: ["baseline", "avx2"],
    create: () => ({}) as never,
    begin: (_, M) => {
      bidiagonal = false;
      return begin(M);
    },
    beginWide: () => 0,
    beginSingular: (_, __, M) => {
      bidiagonal = true;
      return begin(M);
    },
    takeRows: (_, rows) => {
      matrix.values.push(...rows);
      return 0;
    },
    takeColumns: (_, rows, N) => {
      const M = rows.length / N;
      for (let k = 0; k < N; k++) for (let i = 0; i < M; i++) matrix.values.push(rows[i * N + k]);
      return 0;
    },
    takeWideRows: () => 0,
    finishGram: () => 0,
    exponent: () => 0,
    eigenvalues: (_, values) => {
      const found = solved();
      // As a Gram matrix would leave it: the smallest eigenvalue is noise where W itself is needed.
      if (found[0] < 1e-12 * found[found.length - 1]) found[0] = 0;
      found[found.length - 1] *= 1 + wrong;
      values.set(found);
      return 0;
    },
    eigenvectors: () => 0,
    singularValues: (_, values) => {
      values.set(solved().map(Math.sqrt));
      return bidiagonal ? 0 : 1;
    },
    openTeam: () => 1,
    closeTeam: () => 0,
    help: () => 0,
    openLab: () => ({}) as never,
    ...other,
  };
}

const search = (made: NativeAddon, more: NodeJS.ProcessEnv = {}): NativeSearch =>
  searchNative({ env: { ...env, ...more }, load: () => made });
const refusal = (made: NativeAddon, more?: NodeJS.ProcessEnv): string | undefined =>
  search(made, more).refused[0]?.reason;

describe("the search for the native library", () => {
  it("takes one that agrees with the reference, with the fastest kernels", () => {
    expect(search(double())).toEqual({
      library: { path: PATH, origin: "EIGENSCOPE_NATIVE", target: "avx2" },
      refused: [],
      off: false,
    });
  });

  it("refuses wrong numbers beyond 50 eps lambda_max, and says on which matrix", () => {
    expect(refusal(double({ wrong: 49 * 2 ** -52 }))).toBeUndefined();
    expect(refusal(double({ wrong: 52 * 2 ** -52 }))).toBe(
      "it does not agree with the reference engine: on a uniform 131 x 97 matrix its eigenvalues in f64 are off by " +
        "1.2e-14 lambda_max (up to 1.1e-14 is rounding)",
    );
    expect(refusal(double({ wrong: Number.NaN }))).toMatch(
      /^it failed when it was compared with the reference engine: the largest eigenvalue .* exceeds the range/,
    );
  });

  it("refuses another version of the interface", () => {
    expect(refusal(double({ version: INTERFACE_VERSION + 1 }))).toBe("its interface has version 3, and 2 is needed");
  });

  it("refuses an older processor, where WebAssembly is faster, unless those kernels are asked for", () => {
    const old = double({ targets: ["baseline"] });
    expect(refusal(old)).toBe("this processor has neither AVX2 with FMA nor NEON");
    expect(search(old, { EIGENSCOPE_NATIVE_TARGET: "baseline" }).library?.target).toBe("baseline");
    expect(search(double({ targets: ["neon"] })).library?.target).toBe("neon");
  });

  it("uses the kernels that are asked for, and refuses those that the processor lacks", () => {
    const both = double({ targets: ["baseline", "avx2", "avx512"] });
    expect(search(both, { EIGENSCOPE_NATIVE_TARGET: "avx2" }).library?.target).toBe("avx2");
    expect(refusal(double(), { EIGENSCOPE_NATIVE_TARGET: "avx512" })).toBe(
      'it has no kernels "avx512" for this processor, only baseline, avx2',
    );
  });

  it("refuses what cannot be loaded: a file that is missing or is no library", () => {
    const folder = mkdtempSync(join(tmpdir(), "native-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const broken = join(folder, "broken.node");
    writeFileSync(broken, "no library at all");
    for (const path of [broken, join(folder, "missing.node")]) {
      const { library, refused } = searchNative({ env: { EIGENSCOPE_NATIVE: path } });
      expect(library).toBeNull();
      expect(refused).toEqual([
        { path, origin: "EIGENSCOPE_NATIVE", reason: expect.stringMatching(/^it cannot be loaded: ./) },
      ]);
    }
  });

  it("does nothing when it is switched off", () => {
    const load = (): never => {
      throw new Error("loaded");
    };
    const off = searchNative({ env: { EIGENSCOPE_NATIVE: "off" }, load });
    expect(off).toEqual({ library: null, refused: [], off: true });
    expect(whyNoNative(off)).toBe("the native engine is switched off (EIGENSCOPE_NATIVE=off)");
  });

  it("looks at the library that is named and nothing else, or at the build and the cache", () => {
    expect(nativeCandidates(env)).toEqual([{ path: PATH, origin: "EIGENSCOPE_NATIVE" }]);
    const folder = mkdtempSync(join(tmpdir(), "native-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const built = nativeCandidates({ XDG_CACHE_HOME: folder, LOCALAPPDATA: folder });
    expect(built).toEqual(LIBRARY === undefined ? [] : [{ path: LIBRARY, origin: "build" }]);
    expect(cachedLibrary({ XDG_CACHE_HOME: folder, LOCALAPPDATA: folder })).toMatch(
      new RegExp(`native.[\\d.]+-${process.platform}-${process.arch}\\.node$`),
    );
  });

  it.skipIf(addon === undefined)("takes the library of this checkout by each of its kernels", () => {
    for (const target of addon?.targets ?? []) {
      const { library, refused } = searchNative({
        env: { EIGENSCOPE_NATIVE: LIBRARY, EIGENSCOPE_NATIVE_TARGET: target },
      });
      expect([library?.target, refused]).toEqual([target, []]);
    }
  });
});

describe("without a library that can be used", () => {
  const refused: NativeSearch = {
    library: null,
    refused: [{ path: PATH, origin: "package", reason: "it is broken" }],
    off: false,
  };
  const none: NativeSearch = { library: null, refused: [], off: false };

  it("--engine native fails, and says why and what to do", async () => {
    await expect(openPool({ engine: "native", find: () => refused })).rejects.toThrow(
      "the native engine is not available: /opt/native.node: it is broken",
    );
    await expect(openPool({ engine: "native", find: () => none })).rejects.toThrow(
      "there is no library for this platform; with a C compiler, `eigenscope doctor --build` makes one",
    );
  });

  it.runIf((import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist")(
    "--engine auto goes on by WebAssembly, and says so only if a library was there",
    async () => {
      for (const [found, warnings] of [
        [refused, ["the native engine is not available: /opt/native.node: it is broken; WebAssembly is used"]],
        [none, []],
      ] as const) {
        const pool = await openPool({ engine: "auto", width: 1, work: 1e12, find: () => found });
        expect([pool.engine, pool.warnings ?? []]).toEqual(["wasm", warnings]);
        await pool.close();
      }
    },
  );
});
