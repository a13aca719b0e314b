import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Diagnosis, diagnose } from "#eigenscope/cli/diagnosis.js";
import { renderDiagnosis } from "#eigenscope/cli/doctor.js";

const BUILT = (import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist";

const library = { path: "/opt/linux-x64.node", origin: "build", target: "avx2" } as const;

const diagnosis: Diagnosis = {
  eigenscope: "1.2.3",
  node: { version: "v22.0.0", platform: "linux", arch: "x64" },
  processor: { model: "Some Processor", cores: 2, flags: ["avx2", "avx512f"] },
  memory: { totalBytes: 2 ** 34, freeBytes: 2 ** 33, budgetBytes: 2 ** 32 },
  webAssembly: { simd: true, relaxedSimd: false, sharedMemory: true },
  addressSpace: null,
  webGpu: { adapter: "some vendor some architecture" },
  native: {
    library,
    refused: [{ path: "/opt/bad.node", origin: "package", reason: "it disagrees" }],
    off: false,
  },
  speeds: [
    { engine: "wasm", n: 1024, seconds: 0.15, gigaflops: 16.7 },
    { engine: "native", n: 1024, seconds: 0.06, gigaflops: 41.8 },
  ],
  choice: { engine: "native", reason: "it is faster" },
};

describe("what the doctor says", () => {
  it("is a line a fact, what was found before what follows from it", () => {
    expect(renderDiagnosis(diagnosis).split("\n")).toEqual([
      "eigenscope     1.2.3 on Node v22.0.0, linux x64",
      "processor      Some Processor, 2 cores (avx2 avx512f)",
      "memory         16.0 GiB, 8.0 free; matrices take 4.0 GiB at most (--memory)",
      "WebAssembly    SIMD yes, relaxed SIMD no, shared memory yes",
      'WebGPU         some vendor some architecture (for "lab train --engine webgpu")',
      "refused        /opt/bad.node (package): it disagrees",
      "native engine  /opt/linux-x64.node (build), kernels for avx2",
      "speed, wasm    0.150 s for one 1024 x 1024 matrix on one core (16.7 GF/s)",
      "speed, native  0.060 s for one 1024 x 1024 matrix on one core (41.8 GF/s)",
      "--engine auto  native: it is faster",
      "",
    ]);
  });

  it("says where the addresses are limited, and to how many WebAssembly workers", () => {
    const text = renderDiagnosis({ ...diagnosis, addressSpace: { limitBytes: 20 * 2 ** 30, memories: 1 } });
    expect(text).toContain(
      "address space  limited to 20.0 GiB (ulimit -v), room for 1 of 2 WebAssembly workers, each of which " +
        "reserves 10 GiB\n",
    );
  });

  it("says that there is no native engine, and whether that was wanted", () => {
    const without = (off: boolean) => renderDiagnosis({ ...diagnosis, native: { library: null, refused: [], off } });
    expect(without(false)).toContain("native engine  none; with a C compiler, doctor --build makes it\nspeed, wasm");
    expect(without(true)).toContain("native engine  switched off (EIGENSCOPE_NATIVE=off)\nspeed, wasm");
  });
});

describe("the doctor", () => {
  it("measures the embedded engine wherever it runs, and chooses native only where a library is usable", async () => {
    const found = await diagnose({ n: 64 });
    expect(found.webAssembly.simd).toBe(true);
    expect(found.processor.cores).toBeGreaterThan(0);
    const engines = found.native.library === null ? ["wasm"] : ["wasm", "native"];
    expect(found.speeds.map(({ engine }) => engine)).toEqual(engines);
    for (const { n, seconds, gigaflops } of found.speeds) {
      expect(n).toBe(64);
      expect(gigaflops).toBeCloseTo(((7 / 3) * 64 ** 3) / seconds / 1e9, 6);
    }
    expect(found.choice.engine).toBe(engines.at(-1));
  });

  it.runIf(BUILT)("prints JSON with --json", async () => {
    const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [main, "doctor", "--json"]);
    const found = JSON.parse(stdout) as Diagnosis;
    expect(Object.keys(found)).toEqual(Object.keys(diagnosis));
    expect(found.speeds[0].n).toBe(1024);
  });
});
