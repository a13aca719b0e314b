import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { RunState } from "#eigenscope/analysis/events/run-state.js";
import { NO_EVENTS, reduce } from "#eigenscope/analysis/index.js";
import { RunEventReader } from "#eigenscope/node/run/event-reader.js";
import { type WatchNews, type WatchOptions, watchFolder } from "#eigenscope/node/watch/watch-folder.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";

/** A folder of its own for each test: what a trainer writes is in `out`. */
export function trainingFolder(): { readonly home: string; readonly out: string } {
  const folder = { home: "", out: "" };
  beforeEach(async () => {
    folder.home = await mkdtemp(join(tmpdir(), "eigenscope-watch-"));
    folder.out = join(folder.home, "out");
    await mkdir(folder.out);
  });
  afterEach(() => rm(folder.home, { recursive: true, force: true }));
  return folder;
}

/** A checkpoint: layers by name, each of Gaussian numbers of its own seed. Equal seeds are equal weights. */
export function checkpointBytes(seeds: Readonly<Record<string, number>>, size: readonly [number, number] = [24, 16]) {
  const tensors = Object.entries(seeds).map(([name, seed]) => {
    const values = Float64Array.from({ length: size[0] * size[1] }, normalSampler(createRng(seed)));
    return [`${name}.weight`, { shape: size, values }] as const;
  });
  return safetensorsWith(Object.fromEntries(tensors));
}

/** Two layers that change at each step, and two that do not. */
export function atStep(step: number): Uint8Array {
  return checkpointBytes({ "layers.0": 1000 + step, "layers.1": 2000 + step, "layers.2": 1, "layers.3": 2 });
}

/** Writes a file as trainers should: beside its name, then renamed. */
export async function written(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.tmp`, bytes);
  await rename(`${path}.tmp`, path);
}

/**
 * A watch whose looks are counted, not timed. `act` is called between the looks with their number, from 1: what the
 * trainer does meanwhile. The watch ends when it returns false.
 */
export async function watched(
  folder: string,
  act: (look: number) => Promise<boolean | undefined>,
  options: WatchOptions = {},
): Promise<WatchNews[]> {
  const news: WatchNews[] = [];
  const ended = new AbortController();
  let looks = 0;
  try {
    for await (const one of watchFolder(folder, {
      ...options,
      signal: ended.signal,
      pause: async () => {
        if ((await act(++looks)) === false) ended.abort(new Error("the test has seen enough"));
      },
    }))
      news.push(one);
  } catch (cause) {
    if (cause !== ended.signal.reason) throw cause;
  }
  return news;
}

/** Lets a watch look so many times, without a trainer. */
export const looks = (count: number) => async (look: number) => look < count;

/** One line per news, without "begun". */
export function linesOf(news: readonly WatchNews[]): string[] {
  return news.flatMap((one) => {
    if (one.kind === "begun") return [];
    if (one.kind !== "reading") return [`${one.kind} ${one.checkpoint}`];
    const { step, checkpoint, solved, reused } = one.reading;
    return [`${step} ${checkpoint}: ${solved} solved, ${reused} reused`];
  });
}

/** What the record of a watch says. */
export async function recordOf(run: string): Promise<RunState> {
  let state = NO_EVENTS;
  for await (const event of new RunEventReader(run).read()) state = reduce(state, event);
  return state;
}
