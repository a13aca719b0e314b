import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));

export const recipe = (path: string): string => readFileSync(`${DEPLOY}/${path}`, "utf8");

/** A container of a pod, as far as tests look at it. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly resources?: Resources;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly livenessProbe?: { readonly exec: { readonly command: readonly string[] } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: PodSpec }; readonly [key: string]: unknown };
}

/** The files of deploy/kubernetes, by their names. */
export const KUBERNETES: Readonly<Record<string, KubernetesObject>> = Object.fromEntries(
  readdirSync(`${DEPLOY}/kubernetes`).map((name) => [name, parse(recipe(`kubernetes/${name}`)) as KubernetesObject]),
);

export interface Service {
  readonly image: string;
  readonly command: string;
  readonly user: string;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly deploy: { readonly resources: { readonly limits: Readonly<Record<string, string>> } };
  readonly [key: string]: unknown;
}

/** The services of deploy/compose.yaml. */
export const SERVICES = (
  parse(recipe("compose.yaml"), { merge: true }) as { readonly services: Readonly<Record<string, Service>> }
).services;

/** The words of a command without shell syntax: quotes around a word are removed. */
export const words = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);

/** The command line of ours that a container runs, with this index where it is one of many. */
export function commandLine({ command, args, env = [] }: Container, index = 0): string[] {
  if (command === undefined) return [...args];
  const [line] = args;
  const shards = env.find(({ name }) => name === "SHARDS")?.value ?? "";
  const share = line
    .replace("$((JOB_COMPLETION_INDEX + 1))", String(index + 1))
    .replace("$SHARDS", shards)
    .replace(/^exec eigenscope /, "");
  return words(share);
}

/** The value of an option in a command line, given as `--name value` or `--name=value`. */
export function optionOf(args: readonly string[], option: string): string | undefined {
  const joined = args.find((arg) => arg.startsWith(`${option}=`));
  if (joined !== undefined) return joined.slice(option.length + 1);
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}

/** Bytes of "4G" (ours, and Docker's) and of "4Gi" (Kubernetes): all count in powers of 1024. */
export function bytesOf(size: string): number {
  const [, number, unit] = /^(\d+)([KMG])i?$/.exec(size) ?? [];
  if (number === undefined) throw new Error(`no size: ${size}`);
  return Number(number) * 1024 ** (1 + "KMG".indexOf(unit));
}
