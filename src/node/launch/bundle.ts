import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { type CodeCache, readCodeCache, writeCodeCache } from "./code-cache.js";
import { whenWorkDone } from "./work-done.js";

// This file is bundled into dist/bundle/eigenscope.cjs, which starts everything: it imports as little as it can.

/** What the bundle has an entry for: the command and its workers. */
export type Entry = "cli" | "spectral" | "column";

/** A script that was compiled in this process. */
interface CompiledScript {
  code(): Buffer;
}

/** Where the scripts are, and what identifies their contents. */
export interface Bundle {
  readonly folder: string;
  /** A hash of all scripts: compiled code of other scripts is of no use. */
  readonly version: string;
}

type Exports = Record<string, unknown>;

/** A script of scripts/bundle.mjs, evaluated. */
type ScriptFunction = (
  require: NodeJS.Require,
  builtin: (name: string) => object,
  script: (name: string) => Exports,
  later: (name: string) => Promise<Exports>,
  importPackage: (name: string) => Promise<unknown>,
  provide: (exports: Exports) => void,
  addressOf: (path: string) => string,
) => void;

/**
 * Evaluates an entry of the bundle and the scripts that it imports, with the code that V8 compiled in earlier
 * processes. Code that is compiled anew is kept when the work is done (`workDone`). Resolves to the entry's exports.
 */
export async function loadEntry(entry: Entry, { folder, version }: Bundle): Promise<unknown> {
  const cacheName = entry === "cli" ? commandName(process.argv[2]) : entry;
  const cache = cacheName === undefined ? undefined : readCodeCache(version, cacheName);
  const compiled = new Map<string, CompiledScript>();
  const evaluated = new Map<string, Exports>();
  const require = createRequire(join(folder, "eigenscope.cjs"));
  const builtin = lazyModules(require);
  let complete = true;

  const compile = (name: string): ScriptFunction => {
    const source = readFileSync(join(folder, name), "latin1");
    const cachedData = cache?.get(name);
    const script = new Script(source, {
      filename: join(folder, name),
      ...(cachedData !== undefined && { cachedData }),
    });
    const accepted = cachedData !== undefined && script.cachedDataRejected !== true;
    if (!accepted && complete && cacheName !== undefined) {
      complete = false;
      whenWorkDone(() => writeCodeCache(version, cacheName, withOlder(cache, compiled)), entry === "cli");
    }
    compiled.set(name, { code: () => (accepted ? cachedData : script.createCachedData()) });
    return script.runInThisContext() as ScriptFunction;
  };
  const script = (name: string): Exports => {
    const known = evaluated.get(name);
    if (known !== undefined) return known;
    let exports: Exports = {};
    const provide = (provided: Exports): void => {
      exports = provided;
    };
    const later = async (other: string): Promise<Exports> => script(other);
    const addressOf = (path: string): string => pathToFileURL(join(folder, "..", path)).href;
    compile(name)(require, builtin, script, later, (other) => import(other), provide, addressOf);
    evaluated.set(name, exports);
    return exports;
  };
  return script(`${entry}.js`);
}

/** What of the cache this process did not use stays in it. */
function withOlder(cache: CodeCache | undefined, compiled: ReadonlyMap<string, CompiledScript>): CodeCache {
  const all = new Map(cache);
  for (const [name, { code }] of compiled) all.set(name, code());
  return all;
}

/** Modules of Node that are loaded when something of them is used: most commands need few of them. */
function lazyModules(require: NodeJS.Require): (name: string) => object {
  const known = new Map<string, object>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    let module: Exports | undefined;
    const load = (): Exports => {
      module ??= require(name) as Exports;
      return module;
    };
    const lazy = new Proxy({}, { get: (_, key) => (key === "default" ? load() : load()[key as string]) });
    known.set(name, lazy);
    return lazy;
  };
}

/** Each command has compiled code of its own, and so have `--help` and the like. Undefined for what is no command. */
function commandName(command = "-"): string | undefined {
  if (command.startsWith("-")) return "cli-options";
  return /^[a-z]{2,12}$/.test(command) ? `cli-${command}` : undefined;
}
