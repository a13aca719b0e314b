import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../analysis/version.js";
import { userCache } from "../user-cache.js";
import { INTERFACE_VERSION, loadAddon, type NativeAddon } from "./addon.js";
import { disagreement } from "./cross-check.js";
import { checkedSolver } from "./native-engine.js";

/** A library that loads, runs on this processor and agrees with the reference. */
export interface NativeLibrary {
  readonly path: string;
  readonly origin: NativeCandidate["origin"];
  /** The kernels that are used: "avx512", "avx2" or "neon". */
  readonly target: string;
}

/** A file that may be the library. */
export interface NativeCandidate {
  readonly path: string;
  /** Named by the user, an optional package of this platform, a build of this checkout, or one by `doctor --build`. */
  readonly origin: "EIGENSCOPE_NATIVE" | "package" | "build" | "cache";
}

/** Why a candidate is not used, in a clause. */
export interface RefusedNative extends NativeCandidate {
  readonly reason: string;
}

export interface NativeSearch {
  /** The first candidate that can be used. */
  readonly library: NativeLibrary | null;
  /** The ones before it. */
  readonly refused: readonly RefusedNative[];
  /** Whether EIGENSCOPE_NATIVE=off forbids it. */
  readonly off: boolean;
}

/** The file of a build of this checkout. */
export function builtLibrary(): string {
  // From the TypeScript sources (tests), the build lies in dist/ too.
  const folder = import.meta.url.endsWith(".ts") ? "../../../dist/native/" : "../../native/";
  return fileURLToPath(new URL(`${folder}${process.platform}-${process.arch}.node`, import.meta.url));
}

/** The file that `doctor --build` writes for this version. */
export function cachedLibrary(env: NodeJS.ProcessEnv = process.env): string {
  return join(userCache(env), "native", `${VERSION}-${process.platform}-${process.arch}.node`);
}

/**
 * Where the library may be, in order. Of the two packages for Linux, npm installs the one for the system's C library.
 */
export function nativeCandidates(env: NodeJS.ProcessEnv): NativeCandidate[] {
  const named = env.EIGENSCOPE_NATIVE;
  if (named) return [{ path: named, origin: "EIGENSCOPE_NATIVE" }];
  const { resolve } = createRequire(import.meta.url);
  const name = `@eigenscope/native-${process.platform}-${process.arch}`;
  const packages = (process.platform === "linux" ? [name, `${name}-musl`] : [name]).flatMap(
    (name): NativeCandidate[] => {
      try {
        return [{ path: resolve(name), origin: "package" }];
      } catch {
        return [];
      }
    },
  );
  const files: NativeCandidate[] = [
    { path: builtLibrary(), origin: "build" },
    { path: cachedLibrary(env), origin: "cache" },
  ];
  return [...packages, ...files.filter(({ path }) => existsSync(path))];
}

let remembered: NativeSearch | undefined;

/** Searches for the native library, once per process. A few milliseconds if there is one. */
export function findNative(): NativeSearch {
  remembered ??= searchNative();
  return remembered;
}

export interface SearchOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Tests replace it. */
  readonly load?: (path: string) => NativeAddon;
}

/**
 * The search itself. EIGENSCOPE_NATIVE is the path of a library, the only one that is then tried, or "off".
 * EIGENSCOPE_NATIVE_TARGET names the kernels to use; else they are the fastest that the processor runs.
 */
export function searchNative({ env = process.env, load = loadAddon }: SearchOptions = {}): NativeSearch {
  if (env.EIGENSCOPE_NATIVE === "off") return { library: null, refused: [], off: true };
  const refused: RefusedNative[] = [];
  for (const candidate of nativeCandidates(env)) {
    const tried = tryLibrary(candidate.path, env.EIGENSCOPE_NATIVE_TARGET, load);
    if ("target" in tried) return { library: { ...candidate, ...tried }, refused, off: false };
    refused.push({ ...candidate, ...tried });
  }
  return { library: null, refused, off: false };
}

/** Kernels with 128-bit vectors and no fused multiply-add are slower than WebAssembly. */
const TOO_SLOW = "baseline";

function tryLibrary(
  path: string,
  wanted: string | undefined,
  load: (path: string) => NativeAddon,
): { readonly target: string } | { readonly reason: string } {
  let addon: NativeAddon;
  try {
    addon = load(path);
  } catch (cause) {
    return { reason: `it cannot be loaded: ${(cause as Error).message.split("\n")[0]}` };
  }
  if (addon.version !== INTERFACE_VERSION)
    return { reason: `its interface has version ${addon.version}, and ${INTERFACE_VERSION} is needed` };
  const target = wanted ?? addon.targets[addon.targets.length - 1];
  if (!addon.targets.includes(target))
    return { reason: `it has no kernels "${target}" for this processor, only ${addon.targets.join(", ")}` };
  if (target === TOO_SLOW && wanted === undefined)
    return { reason: "this processor has neither AVX2 with FMA nor NEON" };
  try {
    const reason = disagreement(checkedSolver(addon, target));
    return reason === null ? { target } : { reason: `it does not agree with the reference engine: ${reason}` };
  } catch (cause) {
    return { reason: `it failed when it was compared with the reference engine: ${(cause as Error).message}` };
  }
}

/** Why there is no native engine and what to do, in a sentence or two. */
export function whyNoNative({ refused, off }: NativeSearch): string {
  if (off) return "the native engine is switched off (EIGENSCOPE_NATIVE=off)";
  const reasons = refused.map(({ path, reason }) => `${path}: ${reason}`);
  return reasons.length > 0
    ? `the native engine is not available: ${reasons.join("; ")}`
    : "the native engine is not available: there is no library for this platform; with a C compiler, " +
        "`eigenscope doctor --build` makes one";
}
