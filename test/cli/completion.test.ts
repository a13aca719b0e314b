import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outlineOf, placedCommands } from "#eigenscope/cli/command-outline.js";
import { completionScript, SHELLS } from "#eigenscope/cli/completion.js";
import { manPage } from "#eigenscope/cli/man-page.js";
import { MAN_PAGE_TEXTS } from "#eigenscope/cli/man-page-texts.js";
import { commandTree } from "../site/command-tree.js";

const PROGRAM = outlineOf(commandTree());

/** Whether a program runs here; says so if not. */
function has(program: string, ...args: readonly string[]): boolean {
  const there = spawnSync(program, args, { stdio: "ignore" }).error === undefined;
  if (!there) console.warn(`SKIPPED: no ${program} here, so the tests with it are skipped`);
  return there;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "completion-"));
  for (const name of ["model one.safetensors", "notes.txt"]) writeFileSync(join(folder, name), "");
  execFileSync("mkdir", [join(folder, "runs")]);
  for (const shell of SHELLS) writeFileSync(join(folder, `.${shell}`), completionScript(shell, PROGRAM));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a shell offers after a line. */
function offered(shell: "bash" | "fish", line: string): string[] {
  // Bash cuts words at "=", too.
  const words = line.split(" ").flatMap((word) => (/^--.+=/.test(word) ? word.split(/(=)/) : word));
  const [program, ...args] = {
    bash: [
      ...["bash", "--norc", "-c"],
      `source ./.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eigenscope; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ...["bash", ...words],
    ],
    fish: ["fish", "--no-config", "-c", `source ./.fish; complete -C ${JSON.stringify(line)}`],
  }[shell];
  return spawnSync(program, args, { cwd: folder, encoding: "utf8" })
    .stdout.split("\n")
    .map((each) => each.split("\t")[0])
    .filter((each) => each !== "");
}

describe.each(["bash", "fish"] as const)("completion by %s", (shell) => {
  describe.skipIf(!has(shell, "--version"))("where it is", () => {
    it("offers the commands, and those of a command that holds others", () => {
      expect(offered(shell, "eigenscope ").sort()).toEqual(
        expect.arrayContaining(PROGRAM.commands.map(({ name }) => name)),
      );
      expect(offered(shell, "eigenscope an")).toEqual(["analyze"]);
      expect(offered(shell, "eigenscope lab sw")).toEqual(["sweep"]);
      expect(offered(shell, "eigenscope lab data ")).toContain("fetch");
    });

    it("offers every option of the command, and none of another", () => {
      const [analyze] = PROGRAM.commands.filter(({ name }) => name === "analyze");
      const long = offered(shell, "eigenscope analyze --");
      for (const option of analyze.options) expect(long).toContain(option.long);
      expect(long).not.toContain("--scores");
      expect(offered(shell, "eigenscope rank --sc")).toEqual(["--scores"]);
    });

    it("offers the values of a choice, after a space and after =", () => {
      expect(offered(shell, "eigenscope analyze --engine ").sort()).toEqual(["auto", "native", "reference", "wasm"]);
      expect(offered(shell, "eigenscope analyze --engine=wa").map((word) => word.replace("--engine=", ""))).toEqual([
        "wasm",
      ]);
      expect(offered(shell, "eigenscope completion ").sort()).toEqual(["bash", "fish", "zsh"]);
    });

    it("offers files where a model is named, folders where a folder is, and neither for a number", () => {
      expect(offered(shell, "eigenscope analyze mod").map((name) => name.replaceAll("\\", ""))).toEqual([
        "model one.safetensors",
      ]);
      expect(offered(shell, "eigenscope analyze --run ").map((name) => name.replace("/", ""))).toEqual(["runs"]);
      expect(offered(shell, "eigenscope analyze --jobs ")).toEqual([]);
    });
  });
});

describe.skipIf(!has("zsh", "--version"))("completion by zsh", () => {
  it("is a script that zsh can read, with a function per command", () => {
    const { stderr, status } = spawnSync("zsh", ["-n", join(folder, ".zsh")], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    const script = `autoload -U compinit && compinit -D -u; source ./.zsh; print -l \${(k)functions}`;
    const functions = execFileSync("zsh", ["-f", "-c", script], { cwd: folder, encoding: "utf8" }).split("\n");
    for (const { path } of placedCommands(PROGRAM)) expect(functions).toContain(["_eigenscope", ...path].join("_"));
  });
});

describe("the manual page", () => {
  it("has every command, option and exit code, and mandoc finds nothing wrong with it", ({ skip }) => {
    const page = manPage(PROGRAM, MAN_PAGE_TEXTS);
    for (const { command, path } of placedCommands(PROGRAM).filter(
      ({ command: { commands } }) => commands.length === 0,
    )) {
      expect(page).toContain(`.Ss ${path.join(" ")}\n`);
      for (const { long } of command.options) expect(page).toContain(`Fl ${long.slice(1).replaceAll("-", "\\-")}`);
    }
    for (const [code] of MAN_PAGE_TEXTS.exitCodes) expect(page).toContain(`.It ${code}\n`);
    if (!has("mandoc")) skip();
    writeFileSync(join(folder, "eigenscope.1"), page);
    const { stdout, status } = spawnSync("mandoc", ["-T", "lint", "eigenscope.1"], { cwd: folder, encoding: "utf8" });
    expect([status, stdout]).toEqual([0, ""]);
  });

  it("escapes what mdoc would take for a request or an escape", () => {
    const [command] = PROGRAM.commands;
    const page = manPage(
      {
        ...PROGRAM,
        commands: [{ ...command, name: "x", about: ".not a request \\n 'nor this", options: [], arguments: [] }],
      },
      MAN_PAGE_TEXTS,
    );
    expect(page).toContain("\\&.not a request \\en");
    expect(page).not.toMatch(/^'/m);
  });
});
