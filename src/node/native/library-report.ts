import type { BlasCandidate } from "./blas-candidates.js";

/** A library that was opened and agreed with the embedded engine. */
export interface NativeLibrary {
  readonly path: string;
  readonly origin: BlasCandidate["origin"];
  /** The file behind a bare name; null where the system does not tell. */
  readonly file: string | null;
  readonly naming: string;
  readonly int64: boolean;
  /** OpenBLAS's version and build, and the core whose kernels it runs; null for others. */
  readonly config: string | null;
  readonly core: string | null;
  readonly reduction: "two-stage" | "one-stage";
  /** What must stand in the environment when it is loaded: numbers of threads, core type. */
  readonly env: Readonly<Record<string, string>>;
  /** The core that it would have taken by itself, where another is set. */
  readonly ownCore: string | null;
}

/** What became of one candidate. "missing": nothing of that name is there, which is no fault. */
export type LibraryReport =
  | { readonly outcome: "usable"; readonly library: NativeLibrary }
  | ({ readonly outcome: "missing"; readonly reason: string } & BlasCandidate)
  | ({ readonly outcome: "refused"; readonly reason: string } & BlasCandidate);

/** What the probing process says of one library after another; it ends after the first that is there. */
export interface ProbeAnswer {
  readonly path: string;
  readonly result:
    | { readonly outcome: "missing" | "refused"; readonly reason: string }
    | { readonly outcome: "usable"; readonly found: Pick<NativeLibrary, "file" | "naming" | "int64" | "config" | "core" | "reduction"> };
}
