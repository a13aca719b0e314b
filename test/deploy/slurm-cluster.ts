import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { BUILT } from "../cli/eigenscope-process.js";
import { type FleetProcess, told } from "../node/fleet/fleet-process.js";
import { freePort } from "../node/fleet/redis-server.js";

/** Debian has the daemons where only root looks. */
const PATH = [process.env.PATH, "/usr/sbin"].join(delimiter);
const DAEMONS = ["munged", "slurmctld", "slurmd"];

export const WITH_SLURM =
  BUILT &&
  DAEMONS.every(
    (daemon) => spawnSync(daemon, [daemon === "munged" ? "--version" : "-V"], { env: { PATH } }).status === 0,
  );
if (!WITH_SLURM)
  console.warn(
    "SKIPPED: the recipe on a real Slurm: dist/ is not built, or Slurm not installed (Debian: slurm-wlm munge)",
  );

/** A Slurm of a test's own: controller, one node with four processors, and their authentication, on loopback. */
export interface SlurmCluster {
  /** What commands of Slurm need to find it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startSlurm(): Promise<SlurmCluster> {
  const folder = await mkdtemp(join(tmpdir(), "slurm-"));
  const config = join(folder, "slurm.conf");
  const socket = join(folder, "munge/socket");
  for (const name of ["munge", "state", "spool"]) await mkdir(join(folder, name));
  // munged wants a socket that all users can reach, and a key that only it can read.
  await chmod(folder, 0o755);
  await writeFile(join(folder, "munge/key"), randomBytes(1024), { mode: 0o600 });
  await writeFile(config, slurmConfig(folder, socket, [await freePort(), await freePort()]));
  const env = { PATH, SLURM_CONF: config };
  const daemons: FleetProcess[] = [];
  const close = async (): Promise<void> => {
    for (const daemon of daemons.reverse()) await daemon.end();
    await rm(folder, { recursive: true, force: true });
  };
  const start = async (file: string, args: readonly string[], ready: RegExp): Promise<void> => {
    const daemon = told(spawn(file, args, { env, stdio: ["ignore", "ignore", "pipe"] }));
    daemons.push(daemon);
    await daemon.until(ready);
    if (!daemon.lines.some((line) => ready.test(line)))
      throw new Error(`${file} ended before it was ready:\n${daemon.lines.join("\n")}`);
  };
  try {
    const files = ["key", "pid", "log", "seed"].map((name) => `--${name}-file=${join(folder, "munge", name)}`);
    await start("munged", ["--foreground", `--socket=${socket}`, ...files], /Created \d+ work threads/);
    await start("slurmctld", ["-D"], /Running as primary controller/);
    await start("slurmd", ["-D", "-N", "node"], /slurmd started on/);
  } catch (cause) {
    await close();
    throw cause;
  }
  return { env, close };
}

/** No accounting, no control groups: only what a job needs to run. */
function slurmConfig(folder: string, socket: string, [controller, node]: readonly number[]): string {
  const [host] = hostname().split(".");
  const user = userInfo().username;
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${socket}
CredType=cred/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/controller.pid
SlurmdPidFile=${folder}/node.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SwitchType=switch/none
MpiDefault=none
SlurmdParameters=config_overrides
NodeName=node NodeHostname=${host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=32768 State=UNKNOWN
PartitionName=all Nodes=node Default=YES MaxTime=INFINITE State=UP
`;
}
