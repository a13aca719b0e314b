import type { BlasCandidate } from "./blas-candidates.js";

/** A library that was opened and agreed with the embedded engine. */
export interface NativeLibrary {
  readonly path: string;
  readonly origin: BlasCandidate["origin"];
  /** The file behind a bare name; null if the system does not report it. */
  readonly file: string | null;
  readonly naming: string;
  readonly int64: boolean;
  /** OpenBLAS's version and build, and the core whose kernels it runs; null for others. */
  readonly config: string | null;
  readonly core: string | null;
  readonly reduction: "two-stage" | "one-stage";
  /** The environment required when it is loaded: numbers of threads, core type. */
  readonly env: Readonly<Record<string, string>>;
  /** The core that it would have chosen by itself, if another is set. */
  readonly ownCore: string | null;
}

/** The result for one candidate. "missing": nothing of that name exists, which is not an error. */
export type LibraryReport =
  | { readonly outcome: "usable"; readonly library: NativeLibrary }
  | ({ readonly outcome: "missing"; readonly reason: string } & BlasCandidate)
  | ({ readonly outcome: "refused"; readonly reason: string } & BlasCandidate);

/** The probing process's report on one library after another; it exits after the first that exists. */
export interface ProbeAnswer {
  readonly path: string;
  readonly result:
    | { readonly outcome: "missing" | "refused"; readonly reason: string }
    | {
        readonly outcome: "usable";
        readonly found: Pick<NativeLibrary, "file" | "naming" | "int64" | "config" | "core" | "reduction">;
      };
}
