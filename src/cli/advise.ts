import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Advice, adviceDocument, adviseScan, parseScan, renderAdvice } from "../advise/index.js";
import { resolveOptions, VERSION } from "../analysis/index.js";
import { FormatError } from "../bytes/errors.js";
import { safetensorsBytes } from "../formats/safetensors/writer.js";
import { type AdapterAdvice, adapterAdvice, advisedModel, namedFiles, nodeHost } from "../node/models.js";
import { parseHubName } from "../remote/index.js";
import { jsonText, printableSentence } from "../report/text-parts.js";
import {
  type AdviseFlags,
  adviceFor,
  analyzeOptionsOf,
  assertTargetsWritable,
  inputOf,
  loraOptions,
  plannedFiles,
} from "./advise-options.js";
import { asUsageError, EXIT } from "./exit-codes.js";
import { makeFolder, writeWhole } from "./output-file.js";
import { assertOutputsSafe, protectInputs, type Written } from "./overwriting.js";
import { progressBar } from "./progress-bar.js";
import { assertNoStdin } from "./stdin-input.js";
import { writeStdout } from "./stdout.js";
import { systemReason } from "./system-error.js";
import { readTerminal } from "./terminal.js";

/** `eigenscope advise`: parse, call, print. Resolves to the exit code. */
export async function adviseCommand(
  given: string | undefined,
  flags: AdviseFlags,
  signal: AbortSignal,
): Promise<number> {
  const { path, json } = inputOf(given, flags);
  assertNoStdin("advise", [path]);
  const label = flags.name ?? (path === undefined ? modelOfScan(flags.scan as string) : modelName(path));
  asUsageError(() => resolveOptions(analyzeOptionsOf(flags)));
  const planned = plannedFiles(label, flags);
  const targets = flags.out === undefined ? [] : planned.map((name) => join(flags.out as string, name));
  const written = { outputs: { json, files: targets }, stdout: !flags.quiet || json === "-" };
  await assertTargetsWritable(written.outputs, flags);
  await assertOutputsSafe(
    written,
    [path, flags.scan].filter((name) => name !== undefined),
  );

  const { advice, shrunk } =
    path === undefined
      ? { advice: await fromScan(flags.scan as string, { label, top: flags.top }), shrunk: undefined }
      : await fromModel(path, { flags, label, written, signal });
  if (advice.rows.length === 0) return nothingAdvised(advice, label);
  const names = flags.out === undefined ? [] : await writeFiles(advice, flags.out);
  const others = shrunk === undefined ? [] : await writeAdapter(shrunk, flags.shrink as string);
  const tool = { name: "eigenscope", version: VERSION } as const;
  const document = jsonText(adviceDocument(advice, { model: label, tool, written: names }), 2);
  if (json !== undefined && json !== "-") {
    await writeWhole(json, document);
    others.push(json);
  }
  if (!flags.quiet && others.length > 0)
    process.stderr.write(`eigenscope: wrote ${printableSentence(others.join(", "))}\n`);
  const { width } = readTerminal(flags, process);
  if (json === "-") writeStdout(document);
  else if (!flags.quiet) writeStdout(renderAdvice(advice, { width, written: names }));
  return advice.failed > 0 ? EXIT.partial : EXIT.done;
}

/** Says why there is no advice. Nothing is written. */
function nothingAdvised({ for: purpose, left_out: leftOut, failed }: Advice, label: string): number {
  const reason = leftOut.length === 0 ? "" : `; ${leftOut[0].name}: ${leftOut[0].reason}`;
  const message = `${label}: none of its ${leftOut.length} layers is one for ${purpose}${reason}`;
  process.stderr.write(`eigenscope: ${printableSentence(message)}\n`);
  return failed > 0 ? EXIT.partial : EXIT.input;
}

/**
 * The model as a trainer's configuration names it: a path without a slash at its end, a model of a hub without its
 * revision and file.
 */
export function modelName(path: string): string {
  const ofHub = existsSync(path) ? undefined : parseHubName(path);
  return ofHub?.repository ?? (path.replace(/[/\\]+$/, "") || path);
}

/** The model that the name of a scan's file is made of. */
function modelOfScan(scan: string): string {
  return basename(scan)
    .replace(/^snr_results_/, "")
    .replace(/\.[^.]*$/, "");
}

async function fromScan(
  file: string,
  { label, top }: { readonly label: string; readonly top: number },
): Promise<Advice> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === "ENOENT";
    const reason = missing ? "the scan does not exist" : systemReason(cause);
    throw new FormatError(reason, { kind: missing ? "missing" : "unreadable", file, cause });
  });
  return adviseScan(parseScan(bytes, file), { top, model: label, scanFile: file });
}

interface Request {
  readonly flags: AdviseFlags;
  readonly label: string;
  readonly written: Written;
  readonly signal: AbortSignal;
}

async function fromModel(
  path: string,
  { flags, label, written, signal }: Request,
): Promise<{ readonly advice: Advice; readonly shrunk?: AdapterAdvice["shrunk"] }> {
  const files = await namedFiles(path, { hub: { revision: flags.revision }, signal });
  const options = { ...analyzeOptionsOf(flags), signal, onOpened: protectInputs(written) };
  if (flags.for === "lora") {
    const shrink = flags.shrink !== undefined;
    const ofAdapter = await adapterAdvice(files, { ...options, ...loraOptions(flags), shrink });
    if (ofAdapter !== undefined) return ofAdapter;
    if (shrink)
      throw new FormatError(
        "it is no adapter of PEFT (safetensors and an adapter_config.json), so nothing can shrink",
        {
          kind: "unsupported",
          file: path,
          remedy: "Name the folder that PEFT's save_pretrained wrote.",
        },
      );
  }
  const terminal = readTerminal(flags, process);
  const bar = terminal.progress ? progressBar(process.stderr, () => performance.now()) : undefined;
  try {
    const model = await advisedModel(
      files,
      { ...options, label, onProgress: (progress) => bar?.update(progress) },
      nodeHost,
    );
    const advice = adviceFor(model, flags);
    return { advice: { ...advice, warnings: [...model.warnings, ...advice.warnings] } };
  } finally {
    bar?.clear();
  }
}

/** Writes the files of an advice into a folder. Resolves to their paths. */
async function writeFiles({ files }: Advice, folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const { name, content } of files) {
    const path = join(folder, name);
    await makeFolder(dirname(path));
    await writeWhole(path, content);
    names.push(path);
  }
  return names;
}

/** Writes a new adapter, its configuration last. Resolves to the paths. */
async function writeAdapter(
  { tensors, config }: NonNullable<AdapterAdvice["shrunk"]>,
  folder: string,
): Promise<string[]> {
  await makeFolder(folder);
  const names = [join(folder, "adapter_model.safetensors"), join(folder, "adapter_config.json")];
  await writeWhole(names[0], safetensorsBytes(tensors, { format: "pt" }));
  await writeWhole(names[1], jsonText(config, 2));
  return names;
}
