import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * C sources with these options, in this order of compilers. `-ffp-contract=fast` lets `a * b + c` become one
 * instruction, which -std=gnu99 alone does in gcc and not in clang. Each kernel names the instructions that it may use,
 * so that the library loads on every processor of its kind.
 */
const OPTIONS = ["-O3", "-std=gnu99", "-ffp-contract=fast", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra"];
const COMPILERS = ["cc", "gcc", "clang"];

/** Node's symbols are found when the addon is loaded. */
const LINKING: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ["-shared", "-lm"],
  darwin: ["-bundle", "-undefined", "dynamic_lookup"],
};

/** A command that compiles C, with its first arguments. */
export type Compiler = readonly [string, ...string[]];

/** The compiler of the environment: `$CC` alone if it is set, else the first of cc, gcc and clang that answers. */
export function findCompiler(env: NodeJS.ProcessEnv): Compiler | undefined {
  const named = env.CC?.trim();
  const candidates = named ? [named] : COMPILERS;
  return candidates
    .map((words) => words.split(/\s+/) as unknown as Compiler)
    .find((compiler) => answers(compiler, env));
}

function answers([command, ...first]: Compiler, env: NodeJS.ProcessEnv): boolean {
  return spawnSync(command, [...first, "--version"], { env, stdio: "ignore" }).status === 0;
}

export interface CompileRequest {
  /** The folder native/ of this package. */
  readonly sources: string;
  /** The folder of node_api.h. */
  readonly headers: string;
  /** The library to write; its folder is made. */
  readonly out: string;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

export type Compiled =
  | { readonly compiler: string }
  /** Why there is no library, in a clause. */
  | { readonly reason: string };

/** Compiles the native library; never throws. Takes about ten seconds. */
export function compileNative({ sources, headers, out, platform, env }: CompileRequest): Compiled {
  const linking = LINKING[platform];
  if (linking === undefined) return { reason: `it is not built on ${platform}` };
  const compiler = findCompiler(env);
  if (compiler === undefined)
    return { reason: `there is no C compiler (${env.CC ? `CC=${env.CC}` : COMPILERS.join(", ")})` };
  const [command, ...first] = compiler;
  // A library that is in use keeps its file: the new one replaces it under its name.
  const unfinished = `${out}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(out), { recursive: true });
    const files = sourceFiles(sources);
    const { status, stderr, error } = spawnSync(
      command,
      [...first, ...OPTIONS, `-I${headers}`, "-o", unfinished, ...files, ...linking],
      { env, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] },
    );
    if (status !== 0)
      return { reason: `${compiler.join(" ")} failed: ${firstError(stderr) ?? error?.message ?? status}` };
    renameSync(unfinished, out);
    return { compiler: compiler.join(" ") };
  } catch (cause) {
    return { reason: (cause as Error).message };
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** The C files of the library, without its test program. */
export function sourceFiles(sources: string): string[] {
  return [sources, join(sources, "kernels")].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".c"))
      .sort()
      .map((name) => join(folder, name)),
  );
}

function firstError(stderr: string): string | undefined {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return (lines.find((line) => /error|undefined/.test(line)) ?? lines[0])?.trim();
}

/** Copies the Node-API headers and their licence: the library can then be compiled where the package is installed. */
export function copyHeaders(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(join(from, "include"))) copyFileSync(join(from, "include", name), join(to, name));
  copyFileSync(join(from, "LICENSE"), join(to, "LICENSE"));
}

/** Text that changes with everything that the library is made from. */
export function sourceText(sources: string): string {
  const folders = [sources, join(sources, "kernels"), join(sources, "kernels", "lab")];
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  );
  return [
    OPTIONS.join(" "),
    ...files.filter((file) => /\.[ch]$/.test(file)).map((file) => readFileSync(file, "utf8")),
  ].join("\n");
}
