// node scripts/write-man-page.mjs: writes dist/man/eigenscope.1, the manual page of the built command line. Part of the
// build.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { addAdviseCommand } from "../dist/cli/advise-program.js";
import { outlineOf } from "../dist/cli/command-outline.js";
import { addCompletionCommand } from "../dist/cli/completion-program.js";
import { addLabCommands } from "../dist/cli/lab-program.js";
import { manPage } from "../dist/cli/man-page.js";
import { MAN_PAGE_TEXTS } from "../dist/cli/man-page-texts.js";
import { createProgram } from "../dist/cli/program.js";
import { addRankCommand } from "../dist/cli/rank-program.js";
import { addServeCommand } from "../dist/cli/serve-program.js";
import { addWatchCommand } from "../dist/cli/watch-program.js";

const program = createProgram({});
for (const add of [addAdviseCommand, addServeCommand, addWatchCommand, addCompletionCommand]) add(program, () => {});
addRankCommand(program, {});
addLabCommands(program, {});

const folder = fileURLToPath(new URL("../dist/man/", import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}eigenscope.1`, manPage(outlineOf(program), MAN_PAGE_TEXTS));
