import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { type Ended, eigenscope } from "../../cli/eigenscope-process.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";
import { type FleetProcess, fleetProcess } from "./fleet-process.js";
import { type RedisSettings, startRedis, type TestRedis } from "./redis-server.js";

/** A fleet in a temporary folder: models, a run, and a queue of its own. */
export interface FleetHome {
  readonly folder: string;
  readonly models: string;
  readonly run: string;
  readonly redis: TestRedis;
  /** A command of the fleet, with queue and run. */
  fleet(args: readonly string[]): Promise<Ended>;
  worker(args?: readonly string[]): FleetProcess;
  /** A submission of all models that goes on for a while. */
  submitting(args: readonly string[]): FleetProcess;
  /** The reports of the run, by model. */
  reports(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export interface ModelSizes {
  readonly models: number;
  readonly layers: number;
  /** Larger matrices take longer. Default 1. */
  readonly scale?: number;
}

/** Where a run lies that is in no folder of the home, and what its commands need to reach it. */
export interface Elsewhere {
  readonly run: string;
  readonly env: NodeJS.ProcessEnv;
}

const SHARDS = 3;

export async function fleetHome(
  { models, layers, scale = 1 }: ModelSizes,
  settings?: RedisSettings,
  elsewhere?: Elsewhere,
): Promise<FleetHome> {
  const folder = await mkdtemp(join(tmpdir(), "fleet-"));
  const [from, here] = [join(folder, "models"), join(folder, "run")];
  const { run, env } = elsewhere ?? { run: here, env: {} };
  for (let model = 0; model < models; model++) await writeModel(join(from, `model-${model}`), { model, layers, scale });
  await mkdir(here);
  const redis = await startRedis(settings);
  const processes: FleetProcess[] = [];
  const common = ["--queue", redis.address, "--run", run];
  return {
    ...{ folder, run, redis, models: from },
    fleet: ([command, ...args]) => eigenscope(["fleet", command, ...common, ...args], { env }),
    worker(args = []) {
      const started = fleetProcess(["worker", ...common, "--allow", from, "--jobs", "2", ...args], env);
      processes.push(started);
      return started;
    },
    submitting(args) {
      const started = fleetProcess(["submit", from, ...common, ...args]);
      processes.push(started);
      return started;
    },
    reports: () => reportsIn(join(run, "reports")),
    async close() {
      await Promise.all(processes.map((one) => one.end("SIGKILL")));
      await redis.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A checkpoint in three shards with their index. */
export async function writeModel(
  folder: string,
  { model, layers, scale }: { readonly model: number; readonly layers: number; readonly scale: number },
): Promise<void> {
  const normal = normalSampler(createRng(model + 1));
  const names: Record<string, string> = {};
  await mkdir(folder, { recursive: true });
  for (let shard = 0; shard < SHARDS; shard++) {
    const file = `model-0000${shard + 1}-of-0000${SHARDS}.safetensors`;
    const tensors: Record<string, { shape: number[]; values: Float64Array }> = {};
    for (let layer = shard; layer < layers; layer += SHARDS) {
      const shape = [scale * (24 + 8 * (layer % 5)), scale * (16 + 4 * (layer % 7))];
      tensors[`layers.${layer}.weight`] = { shape, values: Float64Array.from({ length: shape[0] * shape[1] }, normal) };
      names[`layers.${layer}.weight`] = file;
    }
    await writeFile(join(folder, file), safetensorsWith(tensors));
  }
  await writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map: names }));
}

async function reportsIn(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const entries = names
    .sort()
    .map(async (name) => [modelOf(name), await readFile(join(folder, name), "utf8")] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** The name of a report has a digest of the model's address. */
const modelOf = (name: string): string => name.replace(/-[0-9a-f]{8}\.json$/, "");

/** The reports of the same models by one process each, without a queue. */
export async function reportsAlone(
  { models, folder }: FleetHome,
  options: readonly string[] = [],
): Promise<Record<string, string>> {
  const reports: Record<string, string> = {};
  for (const name of (await readdir(models)).sort()) {
    const out = join(folder, `${name}.json`);
    const { code, stderr } = await eigenscope(["analyze", join(models, name), "--json", out, "--quiet", ...options]);
    if (code !== 0) throw new Error(`analyze ended with ${code}: ${stderr}`);
    reports[name] = await readFile(out, "utf8");
  }
  return reports;
}

/** The layers that a worker says it has done, as "model: layer". */
export function layersDone(workers: readonly FleetProcess[]): string[] {
  return workers.flatMap(({ lines }) =>
    lines.flatMap((line) => {
      const [, layer, model] = /: (\S+): done in .*models\/(\S+)-[0-9a-f]{8}\)$/.exec(line) ?? [];
      return layer === undefined ? [] : [`${model}: ${layer}`];
    }),
  );
}
