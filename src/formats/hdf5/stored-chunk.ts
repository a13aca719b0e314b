/** The location of one chunk. */
export interface StoredChunk {
  /** Number of the chunk in the grid of chunks, in C order. */
  readonly number: number;
  readonly address: number;
  readonly bytes: number;
  /** Filters that were skipped for it. */
  readonly mask: number;
}
