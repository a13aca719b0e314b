import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { isMainThread } from "node:worker_threads";
import { allowRelaxedSimd } from "../relaxed-simd.js";
import { readCodeCache, writeCodeCache } from "./code-cache.js";

/** What the bundle has an entry for: the command and its workers. */
export type Entry = "cli" | "spectral" | "column";

/**
 * All modules of this package in one script (scripts/bundle.mjs), each evaluated when it is first imported. Reading one
 * file is faster than finding hundreds.
 */
const BUNDLE = fileURLToPath(new URL("../../bundle/eigenscope.cjs", import.meta.url));

/** What is to be done with the compiled code of this thread's last `launch`, if it is not kept yet. */
const SAVING = Symbol.for("eigenscope.saveCompiledCode");

/**
 * Imports an entry from the bundle, with the code that V8 compiled the last time. Without a bundle, `unbundled` imports
 * the modules one by one. A cache that cannot be read or written costs time only.
 */
export async function launch<Module>(entry: Entry, unbundled: () => Promise<Module>): Promise<Module> {
  // V8 accepts compiled code only with the flags that it was compiled with.
  allowRelaxedSimd();
  const bundled = bundledEntry(entry) as (() => Promise<Module>) | undefined;
  return (bundled ?? unbundled)();
}

/** Keeps the code that was compiled so far, once. A worker calls it after its first task. */
export function workDone(): void {
  const thread = globalThis as Thread;
  thread[SAVING]?.save?.();
  thread[SAVING] = {};
}

interface Thread {
  [SAVING]?: { readonly save?: () => void };
}

/** Keeps the code when the thread has worked. A process may launch many commands: it listens for its end once. */
function saveLater(save: () => void): void {
  const thread = globalThis as Thread;
  if (thread[SAVING] === undefined && isMainThread) process.once("exit", (code) => code === 0 && workDone());
  thread[SAVING] = { save };
}

function bundledEntry(entry: Entry): (() => Promise<unknown>) | undefined {
  let source: string;
  try {
    source = readFileSync(BUNDLE, "latin1");
  } catch {
    return undefined;
  }
  const name = entry === "cli" ? commandName() : entry;
  const cachedData = name === undefined ? undefined : readCodeCache(name, source);
  const script = new Script(source, {
    filename: BUNDLE,
    ...(cachedData !== undefined && { cachedData }),
  });
  if (name !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
    saveLater(() => writeCodeCache(name, source, script.createCachedData()));
  }
  const module = { exports: {} as Record<Entry, () => Promise<unknown>> };
  const importPackage = (name: string): Promise<unknown> => import(name);
  script.runInThisContext()(module.exports, createRequire(BUNDLE), module, BUNDLE, dirname(BUNDLE), importPackage);
  return module.exports[entry];
}

/** Each command has compiled code of its own. Undefined for what is no command. */
function commandName(): string | undefined {
  const [, , command = ""] = process.argv;
  return /^[a-z]{2,12}$/.test(command) ? `cli-${command}` : undefined;
}
