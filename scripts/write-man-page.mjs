// node scripts/write-man-page.mjs: writes dist/man/eigenscope.1, the manual page of the built command line. Part of the
// build.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { outlineOf } from "../dist/cli/command-outline.js";
import { manPage } from "../dist/cli/man-page.js";
import { MAN_PAGE_TEXTS } from "../dist/cli/man-page-texts.js";
import { commandTree } from "../dist/cli/whole-program.js";

const folder = fileURLToPath(new URL("../dist/man/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}eigenscope.1`, manPage(outlineOf(commandTree()), MAN_PAGE_TEXTS));
