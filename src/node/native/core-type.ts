/** OpenBLAS's AVX-512 kernels need all of these. */
const AVX512 = ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"];

/** OpenBLAS's cores whose kernels use AVX-512. */
const AVX512_CORES = new Set(["skylakex", "cooperlake", "sapphirerapids"]);

/**
 * The OPENBLAS_CORETYPE to set before the library is loaded, or undefined if its own choice is right. A library older
 * than the processor may take it for a lesser one (0.3.31 takes Zen 5 for Haswell and runs at 60% of the speed).
 * `core` is the library's own choice, `flags` are the processor's.
 */
export function betterCoreType(core: string | null, flags: ReadonlySet<string>): string | undefined {
  if (core === null || AVX512_CORES.has(core.toLowerCase())) return undefined;
  return AVX512.every((flag) => flags.has(flag)) ? "SkylakeX" : undefined;
}

/** The flags of the first processor in the text of /proc/cpuinfo; empty if it has none (other systems). */
export function cpuFlags(cpuinfo: string): ReadonlySet<string> {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? "";
  return new Set(line.split(/\s+/).filter((flag) => flag !== ""));
}
