import { FLAT_COLUMNS, type Ranking } from "../rank/index.js";

/** The type of a Parquet column for each type of a flat one. Every column may have nulls. */
const TYPES = { text: "STRING", count: "INT32", number: "DOUBLE" } as const;

/**
 * The models of a ranking as a Parquet file: one row per model, the columns of the CSV, null where a value is not
 * available. The writer is loaded by the first call.
 */
export async function rankingParquet({ models }: Pick<Ranking, "models">): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const columnData = FLAT_COLUMNS.map(({ name, type, value }) => ({
    name,
    data: models.map(value),
    type: TYPES[type],
    nullable: true,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
