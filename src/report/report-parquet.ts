import { finiteLayer } from "../analysis/finite.js";
import type { LayerRecord, Report } from "../analysis/report.js";
import { columnsIn } from "./columns.js";

/**
 * The layers of a report as a Parquet file: one row per layer, the columns of the CSV. Numbers are DOUBLE (whole numbers
 * too: a column may have fractions in another report), true and false BOOLEAN, everything else STRING; lists and objects
 * are JSON text. null where a value is not available. The writer is loaded by the first call.
 */
export async function reportParquet({ layers }: Pick<Report, "layers">): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const rows = layers.map(finiteLayer);
  const columnData = columnsIn(layers).map(({ name }) =>
    columnOf(
      name,
      rows.map((row) => row[name]),
    ),
  );
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

type Value = LayerRecord[keyof LayerRecord];

interface ParquetColumn {
  readonly name: string;
  readonly data: (string | number | boolean | null)[];
  readonly type: "DOUBLE" | "BOOLEAN" | "STRING";
  readonly nullable: true;
}

function columnOf(name: string, values: readonly Value[]): ParquetColumn {
  const present = values.filter((value) => value !== null && value !== undefined);
  const all = (type: string): boolean => present.length > 0 && present.every((value) => typeof value === type);
  if (all("number"))
    return { name, data: values.map((value) => (value ?? null) as number), type: "DOUBLE", nullable: true };
  if (all("boolean"))
    return { name, data: values.map((value) => (value ?? null) as boolean), type: "BOOLEAN", nullable: true };
  return { name, data: values.map(textOf), type: "STRING", nullable: true };
}

function textOf(value: Value): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
