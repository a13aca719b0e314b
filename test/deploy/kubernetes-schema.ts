import { createRequire } from "node:module";
import type { KubernetesObject } from "./recipes.js";

const require = createRequire(import.meta.url);

interface Model {
  /** Throws if `this` is no such object. */
  readonly prototype: { validate(this: object): void };
}

/** The schemas of Kubernetes as code: the package kubernetes-models, which .ci/run installs. */
function modelOf({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): Model | undefined {
  try {
    return require(`kubernetes-models/${apiVersion}/${kind}`)[kind] as Model;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw cause;
  }
}

export const WITH_SCHEMAS = modelOf({ apiVersion: "batch/v1", kind: "Job" }) !== undefined;
if (!WITH_SCHEMAS)
  console.warn("SKIPPED: the schemas of Kubernetes, because the package kubernetes-models is not installed");

/** What is wrong with an object by the schema of its kind, and the fields that the schema does not name. */
export function faultsOf(object: KubernetesObject): string[] {
  const model = modelOf(object);
  if (model === undefined) return [`no schema of ${object.apiVersion} ${object.kind}`];
  const unread = new Set<string>();
  try {
    // On the view itself: an object of the model would be a copy, and copying reads all.
    model.prototype.validate.call(watched(object, "", unread));
  } catch (cause) {
    return [(cause as Error).message];
  }
  return [...unread];
}

/** A view of the value that takes what is read out of `unread`. A check by a schema reads all that the schema names. */
function watched<T extends object>(value: T, path: string, unread: Set<string>): T {
  for (const key of Object.keys(value)) if (!Array.isArray(value)) unread.add(`${path}/${key}`);
  const seen = new Map<PropertyKey, unknown>();
  return new Proxy(value, {
    get(target, key) {
      const inner = Reflect.get(target, key) as unknown;
      unread.delete(`${path}/${String(key)}`);
      if (typeof inner !== "object" || inner === null) return inner;
      if (!seen.has(key)) seen.set(key, watched(inner, `${path}/${String(key)}`, unread));
      return seen.get(key);
    },
  });
}
