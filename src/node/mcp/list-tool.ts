import { join } from "node:path";
import * as z from "zod";
import { explained } from "../serve/explained.js";
import { MAX_NAME_LENGTH } from "../serve/limits.js";
import { Refusal } from "../serve/refusal.js";
import { ROOT } from "../serve/served.js";
import { type ListedFile, listFiles } from "../serve/served-files.js";
import { cursor, nextCursor, rowLimit, rowsTotal, text } from "./fields.js";
import { type Folder, placesOf } from "./folders.js";
import { KeptResults } from "./pages.js";
import { type Desk, type Tool, tool, UNTRUSTED } from "./tool.js";

type Entry = Readonly<Record<string, unknown>>;

const entry = z.object({
  kind: text.describe("weights, folder, run or watch. A folder may be a model itself."),
  path: text.describe("Give it to the other tools."),
  bytes: z.number().optional(),
});

/** `list`: the weight files and folders that an agent may name. */
export function listTool({ folders }: Desk): Tool {
  const kept = new KeptResults<readonly Entry[]>();
  return tool({
    name: "list",
    title: "List models",
    description: `Lists the weight files and folders below the folders that this server may read. ${UNTRUSTED}`,
    input: z.object({
      folder: z.string().max(MAX_NAME_LENGTH).default(ROOT).describe("Default: the folders of this server."),
      rows: rowLimit,
      cursor,
    }),
    output: z.object({ rows: z.array(entry), rows_total: rowsTotal, next_cursor: nextCursor }),
    async run({ folder, rows: most, cursor: at }) {
      const { result, from } =
        at === undefined ? { result: await explained(() => entriesOf(folders, folder)), from: 0 } : kept.at(at, folder);
      const page = kept.page({ subject: folder, result }, result, { from, most });
      return { ...page, rows: page.rows as z.input<typeof entry>[] };
    },
  });
}

/** Of several folders, the folders themselves; else what a folder holds. */
async function entriesOf(folders: readonly Folder[], name: string): Promise<Entry[]> {
  if (name === ROOT && folders.length > 1) return folders.map(({ root }) => ({ kind: "folder", path: root }));
  let refused: unknown;
  for (const { folder, name: dir } of placesOf(folders, name)) {
    try {
      return (await listFiles(folder, dir)).entries.map((file) => entryOf(folder, file));
    } catch (cause) {
      if (!(cause instanceof Refusal) || cause.status !== 404) throw cause;
      refused ??= cause;
    }
  }
  throw refused;
}

function entryOf({ root }: Folder, { kind, path, bytes }: ListedFile): Entry {
  return { kind, path: join(root, path), ...(bytes !== undefined && { bytes }) };
}
