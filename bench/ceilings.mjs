// The most that a core does by an engine's instructions: multiply-adds in registers alone, in operations per processor
// second. For WebAssembly the loop is compiled from AssemblyScript, with multiplyAdd of kernels/; for the native
// engine from bench/ceiling.c, if there is a C compiler.
import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { findCompiler } from "../dist/node/native/compile-native.js";
import { preferredBuild } from "../dist/spectra/wasm/kernels.js";

/** Independent chains of multiply-adds: enough of them to hide the latency of two per cycle. */
export const CHAINS = 12;
/** Steps of one run: some milliseconds. */
const STEPS = 4_000_000;
const BASE = 65536;

/** The source of a function that multiplies and adds in registers: `export function NAME(steps: i32): void`. */
export function loopSource(name, type) {
  const chains = Array.from({ length: CHAINS }, (_, i) => `c${i}`);
  return `export function ${name}(steps: i32): void {
    ${chains.map((c, i) => `let ${c} = v128.splat<${type}>(${i});`).join(" ")}
    const a = v128.splat<${type}>(0.999), b = v128.splat<${type}>(0.5);
    for (let k = steps; k > 0; k--) { ${chains.map((c) => `${c} = multiplyAdd<${type}>(a, b, ${c});`).join(" ")} }
    ${chains.map((c, i) => `v128.store(${BASE + i * 16}, ${c});`).join(" ")}
  }`;
}

/** The exports of an AssemblyScript source that imports from kernels/, compiled as the kernels are. */
export async function compileKernels(source, build) {
  const folder = fileURLToPath(new URL("../kernels/", import.meta.url));
  let binary;
  const options = ["-O3", "--noAssert", "--runtime", "stub", "--initialMemory", "16", "--enable", "simd"];
  const features = build === "fused" ? ["--enable", "relaxed-simd"] : [];
  const { error, stderr } = await asc.main(["bench.ts", "--outFile", "bench.wasm", ...options, ...features], {
    readFile: (name) => (name === "bench.ts" ? source : readFile(folder + name, "utf8").catch(() => null)),
    writeFile: (_, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`the bench does not compile: ${stderr}`);
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
}

/**
 * The loops as contestants. `of("wasm", "f64")` and `of("avx512", "f32")` give one that can run in turn with others, or
 * undefined; `operations` says how many one run does.
 */
export async function openCeilings(folder) {
  const imported = 'import { multiplyAdd } from "./multiply-add";';
  const source = [imported, loopSource("loop_f64", "f64"), loopSource("loop_f32", "f32")].join("\n");
  const wasm = await compileKernels(source, preferredBuild());
  const native = await openNative(folder);
  return {
    async of(target, type) {
      const operations = (bytes) => 2 * CHAINS * (bytes / (type === "f64" ? 8 : 4)) * STEPS;
      if (target === "wasm") {
        const run = () => {
          const before = process.cpuUsage();
          wasm[`loop_${type}`](STEPS);
          const { user, system } = process.cpuUsage(before);
          return { wall: Number.NaN, processor: (user + system) / 1e6 };
        };
        return { operations: operations(16), run };
      }
      const first = await native?.seconds(target, type);
      if (first === undefined) return undefined;
      const run = async () => ({ wall: Number.NaN, processor: (await native.seconds(target, type)).processor });
      return { operations: first.operations, run };
    },
    end: () => native?.end(),
  };
}

async function openNative(folder) {
  const compiler = findCompiler(process.env);
  if (compiler === undefined) return undefined;
  const [command, ...first] = compiler;
  const program = join(folder, "ceiling");
  const file = fileURLToPath(new URL("ceiling.c", import.meta.url));
  const options = ["-O3", "-std=gnu99", "-ffp-contract=fast"];
  const { status } = spawnSync(command, [...first, ...options, "-o", program, file], { stdio: "inherit" });
  if (status !== 0) return undefined;
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async seconds(target, type) {
      child.stdin.write(`${target} ${type} ${STEPS}\n`);
      const { value } = await lines.next();
      if (value === undefined || value === "none") return undefined;
      const [operations, processor] = value.split(" ").map(Number);
      return { operations, processor };
    },
    end: () => child.stdin.end(),
  };
}
