/** A loaded library, as far as koffi is used here. */
interface LibraryHandle {
  func(name: string, result: string, parameters: string[]): (...args: unknown[]) => unknown;
}

/** A matrix or vector in the library's working precision: f64 by the d routines, f32 by the s routines. */
export type Reals = Float64Array | Float32Array;

/**
 * An opened BLAS with LAPACK. All matrices are column-major, as in Fortran. Calls throw if a routine reports a failure.
 */
export interface BlasLibrary {
  /** As it was passed to the loader. */
  readonly path: string;
  /** The form of its symbols around the routine's name: "scipy_dsyrk_64_". */
  readonly naming: string;
  /** Whether its integers have 64 bits. */
  readonly int64: boolean;
  /** OpenBLAS's own description (version and build), and the core that it chose; null for others. */
  readonly config: string | null;
  readonly core: string | null;
  /**
   * The available reduction to tridiagonal form: the two-stage one (through a band, nearly all matrix products), or the
   * older one, half as fast.
   */
  readonly reduction: "two-stage" | "one-stage";
  /** Lower triangle of C (M x M): C := P P' + beta C for the M x rows panel P. O(rows M^2). */
  addProductInPlace(
    C: Reals,
    panel: Reals,
    shape: { readonly M: number; readonly rows: number; readonly beta: 0 | 1 },
  ): void;
  /**
   * Diagonal and off-diagonal of a tridiagonal matrix similar to the symmetric M x M one with lower triangle in C,
   * which is overwritten. O(4/3 M^3).
   */
  tridiagonaliseInPlace(C: Reals, M: number): { readonly diagonal: Reals; readonly offDiagonal: Reals };
  /** All singular values, descending, of the rows x cols matrix A, which is overwritten (?gesdd). */
  singularValuesInPlace(A: Reals, rows: number, cols: number): Reals;
}

export interface OpenBlasOptions {
  /** False: the older reduction even if the two-stage one is available. */
  readonly twoStage?: boolean;
}

/**
 * The forms of a routine's name in different builds, the unambiguous ones first: one library may export several, and a
 * bare name may be another library's routine.
 */
const NAMINGS: readonly { readonly prefix: string; readonly suffix: string; readonly int64: boolean }[] = [
  { prefix: "scipy_", suffix: "_64_", int64: true },
  { prefix: "scipy_", suffix: "_", int64: false },
  { prefix: "", suffix: "_64_", int64: true },
  // Apple's Accelerate from macOS 13.3: its bare names are LAPACK 3.2, without two-stage routines.
  { prefix: "", suffix: "$NEWLAPACK", int64: false },
  { prefix: "", suffix: "_", int64: false },
  // MKL and Windows builds export bare names too.
  { prefix: "", suffix: "", int64: false },
];

/**
 * Opens a library and looks up its routines. Throws if it cannot be loaded or lacks one. Set OPENBLAS_NUM_THREADS,
 * OPENBLAS_CORETYPE and similar variables before: the library reads them once, when it is loaded. A wrong library can
 * crash the process: open it only where that is acceptable.
 */
export async function openBlasLibrary(path: string, { twoStage = true }: OpenBlasOptions = {}): Promise<BlasLibrary> {
  // Loaded only here, because it is an optional dependency.
  const { load } = await import("koffi");
  const handle: LibraryHandle = load(path);
  const naming = NAMINGS.find(({ prefix, suffix }) => has(handle, `${prefix}dsyrk${suffix}`));
  if (naming === undefined) throw new Error("it exports no dsyrk under any known name");
  const symbol = (routine: string): string => `${naming.prefix}${routine}${naming.suffix}`;
  const hasTwoStage = ["dsytrd_sy2sb", "ssytrd_sy2sb", "dsytrd_sb2st", "ssytrd_sb2st"].every((routine) =>
    has(handle, symbol(routine)),
  );
  const reduction = twoStage && hasTwoStage ? "two-stage" : "one-stage";

  const config = text(handle, naming, "get_config");
  // libopenblas64 without a suffix has 64-bit integers under the usual names; only its configuration shows it.
  const int64 = naming.int64 || (config?.includes("USE64BITINT") ?? false);
  const routines = {
    d: bind(handle, symbol, { letter: "d", reduction }),
    s: bind(handle, symbol, { letter: "s", reduction }),
  };
  const of = (values: Reals): Routines => (values instanceof Float64Array ? routines.d : routines.s);
  const int = (value: number): Int32Array | BigInt64Array =>
    int64 ? BigInt64Array.of(BigInt(value)) : Int32Array.of(value);
  const ints = (length: number): Int32Array | BigInt64Array =>
    int64 ? new BigInt64Array(length) : new Int32Array(length);
  const assertDone = (routine: string, info: Int32Array | BigInt64Array): void => {
    if (Number(info[0]) !== 0) throw new Error(`${routine} of ${path} failed: info = ${info[0]}`);
  };

  return {
    path,
    naming: symbol("?syrk"),
    int64,
    config,
    core: text(handle, naming, "get_corename"),
    reduction,
    addProductInPlace(C, panel, { M, rows, beta }) {
      const one = like(C, 1);
      one[0] = 1;
      const factor = like(C, 1);
      factor[0] = beta;
      of(C).syrk("L", "N", int(M), int(rows), one, panel, int(M), factor, C, int(M), 1, 1);
    },
    tridiagonaliseInPlace(C, M) {
      const [diagonal, offDiagonal, tau, info] = [like(C, M), like(C, M), like(C, M), int(0)];
      const n = int(M);
      const routines = of(C);
      if (reduction === "one-stage") {
        withWorkspace(C, (work, length) => {
          routines.sytrd?.("L", n, C, n, diagonal, offDiagonal, tau, work, int(length), info, 1);
          assertDone("sytrd", info);
        });
        return { diagonal, offDiagonal };
      }
      // As in ?sytrd_2stage, except for the width of the band.
      const width = bandwidth(C, M);
      const [kd, ldab, band] = [int(width), int(width + 1), like(C, (width + 1) * M)];
      withWorkspace(C, (work, length) => {
        routines.toBand?.("L", n, kd, C, n, band, ldab, tau, work, int(length), info, 1);
        assertDone("sytrd_sy2sb", info);
      });
      const chase = (reflectors: Reals, reflectorsLength: number, work: Reals, length: number): void => {
        const [l1, l2] = [int(reflectorsLength), int(length)];
        routines.fromBand?.(
          "N",
          "N",
          "L",
          n,
          kd,
          band,
          ldab,
          diagonal,
          offDiagonal,
          reflectors,
          l1,
          work,
          l2,
          info,
          1,
          1,
          1,
        );
        assertDone("sytrd_sb2st", info);
      };
      const sizes = [like(C, 1), like(C, 1)];
      chase(sizes[0], -1, sizes[1], -1);
      const [l1, l2] = sizes.map(workLength);
      chase(like(C, l1), l1, like(C, l2), l2);
      return { diagonal, offDiagonal };
    },
    singularValuesInPlace(A, rows, cols) {
      const least = Math.min(rows, cols);
      const values = like(A, least);
      const [none, one, info, iwork] = [like(A, 1), int(1), int(0), ints(8 * least)];
      withWorkspace(A, (work, length) => {
        of(A).gesdd(
          "N",
          int(rows),
          int(cols),
          A,
          int(rows),
          values,
          none,
          one,
          none,
          one,
          work,
          int(length),
          iwork,
          info,
          1,
        );
        assertDone("gesdd", info);
      });
      return values;
    },
  };
}

type Routine = (...args: unknown[]) => void;

interface Routines {
  readonly syrk: Routine;
  /** Either the first or the other two. */
  readonly sytrd?: Routine;
  readonly toBand?: Routine;
  readonly fromBand?: Routine;
  readonly gesdd: Routine;
}

/**
 * Fortran passes everything by address, and after the arguments the length of each character argument (compilers that
 * do not use it ignore it).
 */
function bind(
  handle: LibraryHandle,
  symbol: (routine: string) => string,
  { letter, reduction }: { readonly letter: "d" | "s"; readonly reduction: BlasLibrary["reduction"] },
): Routines {
  const signature = (characters: number, others: number): string[] => [
    ...Array<string>(characters).fill("str"),
    ...Array<string>(others).fill("void *"),
    ...Array<string>(characters).fill("size_t"),
  ];
  return {
    syrk: handle.func(symbol(`${letter}syrk`), "void", signature(2, 8)),
    ...(reduction === "one-stage"
      ? { sytrd: handle.func(symbol(`${letter}sytrd`), "void", signature(1, 9)) }
      : {
          toBand: handle.func(symbol(`${letter}sytrd_sy2sb`), "void", signature(1, 10)),
          fromBand: handle.func(symbol(`${letter}sytrd_sb2st`), "void", signature(3, 11)),
        }),
    gesdd: handle.func(symbol(`${letter}gesdd`), "void", signature(1, 13)),
  };
}

/**
 * Width of the band: wider makes the first stage faster (more of it is matrix products) and the second slower. Measured
 * with OpenBLAS 0.3.21 on AVX-512 at M = 2048 and 4096; LAPACK's own choice is 32.
 */
function bandwidth(C: Reals, M: number): number {
  if (M < 2000) return 32;
  return C instanceof Float64Array ? 48 : 64;
}

/** Queries a routine for its workspace (length -1), then runs it with that. */
function withWorkspace(C: Reals, run: (work: Reals, length: number) => void): void {
  const size = like(C, 1);
  run(size, -1);
  const length = workLength(size);
  run(like(C, length), length);
}

function has(handle: LibraryHandle, symbol: string): boolean {
  try {
    handle.func(symbol, "void", []);
    return true;
  } catch {
    return false;
  }
}

/** The result of one of OpenBLAS's functions that return text; null if it does not exist. */
function text(handle: LibraryHandle, { prefix, suffix }: (typeof NAMINGS)[number], name: string): string | null {
  try {
    const said: unknown = handle.func(`${prefix}openblas_${name}${suffix.replace(/^_/, "")}`, "str", [])();
    return typeof said === "string" ? said.trim() : null;
  } catch {
    return null;
  }
}

function like(values: Reals, length: number): Reals {
  return values instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

/**
 * A workspace length that a routine returned as a real number: in f32 it may have been rounded down by 2^-24 of itself.
 */
function workLength(size: Reals): number {
  return Math.max(1, Math.ceil(size[0] * (1 + 2 ** -22)));
}
