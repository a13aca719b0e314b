import { describe, expect, it } from "vitest";
import { blasCandidates, type Machine } from "#eigenscope/node/native/blas-candidates.js";
import { betterCoreType, cpuFlags } from "#eigenscope/node/native/core-type.js";
import { nativeEnvironment, whyNoNative } from "#eigenscope/node/native/find-native.js";

/** A machine with the given folders. */
function machine({
  folders = {},
  ...facts
}: Partial<Machine> & { readonly folders?: Readonly<Record<string, readonly string[]>> }): Machine {
  return {
    platform: "linux",
    env: {},
    home: "/home/me",
    list: (folder) => folders[folder] ?? [],
    real: () => undefined,
    ...facts,
  };
}

describe("where a BLAS is looked for", () => {
  it("takes EIGENSCOPE_BLAS and nothing else where it is set", () => {
    expect(blasCandidates(machine({ env: { EIGENSCOPE_BLAS: "/opt/my.so", CONDA_PREFIX: "/conda" } }))).toEqual([
      { path: "/opt/my.so", origin: "EIGENSCOPE_BLAS" },
    ]);
  });

  it("leaves the system's libraries to the loader, by name", () => {
    const found = blasCandidates(machine({}));
    expect(found[0]).toEqual({ path: "libopenblas.so.0", origin: "system" });
    expect(found.every(({ path }) => !path.includes("/"))).toBe(true);
  });

  it("prefers Accelerate on a Mac", () => {
    expect(blasCandidates(machine({ platform: "darwin" }))[0].path).toBe(
      "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    );
  });

  it("finds what numpy and scipy bring along: in the active environment, on the PATH, in pyenv", () => {
    const packages = (prefix: string, version: string): string => `${prefix}/lib/${version}/site-packages`;
    const found = blasCandidates(
      machine({
        env: { VIRTUAL_ENV: "/venv", PATH: "/usr/bin:/broken" },
        real: (path) => (path === "/usr/bin/python3" ? "/opt/python/bin/python3.13" : undefined),
        folders: {
          "/venv/lib": ["python3.12"],
          [`${packages("/venv", "python3.12")}/numpy.libs`]: ["libgfortran-1.so", "libscipy_openblas64_-32a4b2a6.so"],
          "/opt/python/lib": ["libpython3.so", "python3.13"],
          [`${packages("/opt/python", "python3.13")}/scipy.libs`]: ["libscipy_openblas-68440149.so"],
          "/home/me/.pyenv/versions": ["3.9.1"],
          "/home/me/.pyenv/versions/3.9.1/lib": ["python3.9"],
          [`${packages("/home/me/.pyenv/versions/3.9.1", "python3.9")}/numpy.libs`]: [
            "libopenblas64_p-r0-2f7c42d4.3.18.so",
          ],
        },
      }),
    );
    expect(found.filter(({ origin }) => origin === "python").map(({ path }) => path)).toEqual([
      "/venv/lib/python3.12/site-packages/numpy.libs/libscipy_openblas64_-32a4b2a6.so",
      "/opt/python/lib/python3.13/site-packages/scipy.libs/libscipy_openblas-68440149.so",
      "/home/me/.pyenv/versions/3.9.1/lib/python3.9/site-packages/numpy.libs/libopenblas64_p-r0-2f7c42d4.3.18.so",
    ]);
  });

  it("finds conda's", () => {
    const folders = { "/conda/lib": ["libmkl_rt.so.2", "libmkl_core.so", "libopenblas.so.0", "libz.so"] };
    const found = blasCandidates(machine({ env: { CONDA_PREFIX: "/conda" }, folders }));
    expect(found.filter(({ origin }) => origin === "conda").map(({ path }) => path)).toEqual([
      "/conda/lib/libmkl_rt.so.2",
      "/conda/lib/libopenblas.so.0",
    ]);
  });
});

describe("the core type", () => {
  const zen5 = cpuFlags(
    "processor\t: 0\nflags\t\t: fpu avx2 fma avx512f avx512dq avx512cd avx512bw avx512vl\nprocessor\t: 1\nflags\t\t: fpu\n",
  );
  const haswell = cpuFlags("flags\t\t: fpu avx2 fma\n");

  it("is SkylakeX where the processor has AVX-512 and the library takes it for less", () => {
    expect(betterCoreType("Haswell", zen5)).toBe("SkylakeX");
    expect(betterCoreType("Zen", zen5)).toBe("SkylakeX");
  });

  it("is left to the library where that knows better, where the processor has no AVX-512, and where it is no OpenBLAS", () => {
    expect(betterCoreType("SkylakeX", zen5)).toBeUndefined();
    expect(betterCoreType("SapphireRapids", zen5)).toBeUndefined();
    expect(betterCoreType("Haswell", haswell)).toBeUndefined();
    expect(betterCoreType("neoversen1", cpuFlags("Features\t: fp asimd sve\n"))).toBeUndefined();
    expect(betterCoreType(null, zen5)).toBeUndefined();
  });
});

describe("what a library is loaded with", () => {
  it("is one thread, since matrices are spread over processes", () => {
    expect(nativeEnvironment({})).toMatchObject({
      OPENBLAS_NUM_THREADS: "1",
      MKL_NUM_THREADS: "1",
      OMP_NUM_THREADS: "1",
    });
  });

  it("leaves the user's own settings alone", () => {
    const added = nativeEnvironment({ OPENBLAS_NUM_THREADS: "4", MKL_NUM_THREADS: "2" });
    expect(Object.keys(added).sort()).toEqual(["OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"]);
  });
});

describe("why there is no native engine", () => {
  it("names the missing package, what was refused and why, or that nothing was found, and what to do", () => {
    expect(whyNoNative({ koffi: { error: "not installed" }, reports: [], library: null })).toContain(
      "npm install koffi",
    );
    const koffi = { version: "3.3.4" };
    expect(whyNoNative({ koffi, reports: [], library: null })).toMatch(
      /no OpenBLAS, MKL or Accelerate was found.*libopenblas0-pthread.*EIGENSCOPE_BLAS/,
    );
    const refused = { outcome: "refused", path: "/x.so", origin: "system", reason: "it exports no dsyrk" } as const;
    expect(whyNoNative({ koffi, reports: [refused], library: null })).toContain("/x.so: it exports no dsyrk");
    const mistyped = {
      outcome: "missing",
      path: "/typo.so",
      origin: "EIGENSCOPE_BLAS",
      reason: "no such file",
    } as const;
    expect(whyNoNative({ koffi, reports: [mistyped], library: null })).toContain("/typo.so: no such file");
  });
});
