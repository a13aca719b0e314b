/** How the matrix of a projection of attention is divided into heads, in equal parts one after the other. */
export interface LayerHeads {
  readonly count: number;
  /** Rows or columns of one head. */
  readonly size: number;
  /** The axis of the stored matrix on which the heads lie. */
  readonly along: "rows" | "columns";
  /** What tells the number: "the tensor's shape", "--heads", "config.json", ... */
  readonly from: string;
}

/** What a tensor itself shows of its heads. */
export interface HeadEvidence {
  /** The axes of outputs, the likelier first; one if it is certain. */
  readonly outputs: readonly ("rows" | "columns")[];
  /** Heads that the shape or the graph gives. */
  readonly shown?: { readonly count: number; readonly along: "rows" | "columns"; readonly from: string } | undefined;
}
