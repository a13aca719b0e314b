import type { KeptPlan } from "../../analysis/run/parse-plan.js";
import type { EngineName, SpectralPool } from "../../spectra/index.js";
import { memoryBudget } from "../memory-budget.js";
import { openPool } from "../native/open-pool.js";

/** The pools of worker threads of one process, by engine: each is started when a run first needs it. */
export class EnginePools {
  private readonly pools = new Map<EngineName, Promise<SpectralPool>>();

  /** `jobs`: most layers at once. `memory`: most bytes of the running matrices, per engine. */
  constructor(private readonly limits: { readonly jobs: number; readonly memory?: number | undefined }) {}

  /** The pool for a run. Rejects if this machine has not the run's engine with the run's kernels. */
  async of({ engine, engineTarget }: KeptPlan["options"]): Promise<SpectralPool> {
    const pool = await this.opened(engine);
    if (pool.engine === engine && (pool.target ?? undefined) === engineTarget) return pool;
    const shown = (name: string, target: string | undefined): string =>
      target === undefined ? name : `${name} (${target})`;
    throw new Error(
      `the run needs the engine ${shown(engine, engineTarget)}, and this worker has ${shown(pool.engine, pool.target)}`,
    );
  }

  /** A pool, whatever its engine, for what is only measured: one that is open, if there is one. */
  any(): Promise<SpectralPool> {
    const [engine = "wasm"] = this.pools.keys();
    return this.opened(engine);
  }

  private async opened(engine: EngineName): Promise<SpectralPool> {
    const { jobs, memory = memoryBudget() } = this.limits;
    const opened = this.pools.get(engine) ?? openPool({ engine, width: jobs, memory });
    this.pools.set(engine, opened);
    try {
      return await opened;
    } catch (cause) {
      this.pools.delete(engine);
      throw cause;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map(async (pool) => (await pool.catch(() => undefined))?.close()));
  }
}
