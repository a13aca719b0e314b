import { writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { MAIN } from "../cli/eigenscope-process.js";
import { recipe } from "./recipes.js";

/** Writes a command `eigenscope` into the folder, and returns a PATH that begins with it. */
export async function pathWithCommand(folder: string): Promise<string> {
  await writeFile(join(folder, "eigenscope"), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, {
    mode: 0o755,
  });
  return [folder, process.env.PATH].join(delimiter);
}

/** The first block of shell commands under a heading of deploy/README.md. */
export function commandsUnder(heading: string): string {
  const [, section] = recipe("README.md").split(`\n## ${heading}\n`);
  const block = /```sh\n([\s\S]*?)```/.exec(section ?? "")?.[1];
  if (block === undefined) throw new Error(`deploy/README.md has no commands under "${heading}"`);
  return block;
}
