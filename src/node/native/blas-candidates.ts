import { join } from "node:path";
import { ownVariable } from "../old-name.js";

/** A library that may exist, as passed to the dynamic loader, and how it was found. */
export interface BlasCandidate {
  /** A path, or a bare name that the loader looks up in its own folders and cache (ldconfig, LD_LIBRARY_PATH). */
  readonly path: string;
  readonly origin: "EIGENSCOPE_BLAS" | "system" | "conda" | "python";
}

/** The parts of the machine that the search needs. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Names in a folder, sorted; empty if it does not exist. */
  list(folder: string): readonly string[];
  /** The path with its links resolved; undefined if it does not exist. */
  real(path: string): string | undefined;
}

/**
 * The loader's names of libraries that hold both BLAS and LAPACK. The reference libblas and liblapack are slower than
 * the embedded engine and are omitted.
 */
const SYSTEM: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so", "libopenblas64_.so.0", "libmkl_rt.so.2", "libmkl_rt.so"],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  win32: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll"],
};

/**
 * The largest number of Pythons searched: a machine with dozens of environments has the same few libraries in all of
 * them.
 */
const MAX_PYTHONS = 12;

/**
 * The possible locations of a BLAS, best first. If EIGENSCOPE_BLAS is set, its path is the only candidate; else the
 * system's libraries, conda's, and those shipped with numpy and scipy. Nothing is run or loaded; only folders are
 * listed.
 */
export function blasCandidates(machine: Machine): readonly BlasCandidate[] {
  const { platform, env } = machine;
  const named = ownVariable("BLAS", env);
  if (named) return [{ path: named, origin: "EIGENSCOPE_BLAS" }];
  const system = (SYSTEM[platform] ?? SYSTEM.linux ?? []).map((path): BlasCandidate => ({ path, origin: "system" }));
  return [...system, ...condaLibraries(machine), ...pythonLibraries(machine)];
}

function condaLibraries({ platform, env, list }: Machine): BlasCandidate[] {
  if (!env.CONDA_PREFIX) return [];
  const folder = platform === "win32" ? join(env.CONDA_PREFIX, "Library", "bin") : join(env.CONDA_PREFIX, "lib");
  return list(folder)
    .filter((name) => /^(?:lib)?(?:openblas|mkl_rt)(?:\.\d)?\.(?:so(?:\.0|\.2)?|dylib|dll)$/.test(name))
    .map((name) => ({ path: join(folder, name), origin: "conda" }));
}

function pythonLibraries(machine: Machine): BlasCandidate[] {
  const found: BlasCandidate[] = [];
  for (const packages of sitePackages(machine)) {
    for (const folder of [
      join(packages, "numpy.libs"),
      join(packages, "numpy", ".dylibs"),
      join(packages, "scipy.libs"),
    ]) {
      for (const name of machine.list(folder))
        if (/openblas/i.test(name)) found.push({ path: join(folder, name), origin: "python" });
    }
  }
  return found;
}

/**
 * Folders of Python packages: those of the active environment first, then of the interpreters on the PATH, of pyenv, of
 * the user and of the system.
 */
function sitePackages(machine: Machine): string[] {
  const { platform, env, home, list, real } = machine;
  const interpreters = (env.PATH ?? "")
    .split(platform === "win32" ? ";" : ":")
    .filter((folder) => folder !== "")
    .flatMap((folder) => real(join(folder, platform === "win32" ? "python.exe" : "python3")) ?? []);
  const pyenv = join(env.PYENV_ROOT ?? join(home, ".pyenv"), "versions");
  const prefixes = [
    ...[env.VIRTUAL_ENV, env.CONDA_PREFIX].filter((prefix) => prefix !== undefined),
    ...interpreters.map((path) => join(path, "..", ...(platform === "win32" ? [] : [".."]))),
    ...[...list(pyenv)].reverse().map((version) => join(pyenv, version)),
    join(home, ".local"),
    "/usr/local",
  ];
  const folders = [...new Set(prefixes)].flatMap((prefix) =>
    platform === "win32"
      ? [join(prefix, "Lib", "site-packages")]
      : list(join(prefix, "lib"))
          .filter((name) => /^python3\.\d+$/.test(name))
          .map((name) => join(prefix, "lib", name, "site-packages")),
  );
  return [...folders.slice(0, MAX_PYTHONS), "/usr/lib/python3/dist-packages"];
}
