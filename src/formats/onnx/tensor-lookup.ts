import type { GraphTensor } from "./model.js";
import type { Scope } from "./scope.js";

/** Finds the tensor that a name refers to in a graph: its own, or that of the graph around it. */
export type Lookup = (scope: Scope, name: string) => GraphTensor | undefined;

export function tensorLookup(tensors: readonly GraphTensor[]): Lookup {
  const byScope = new Map<Scope, Map<string, GraphTensor>>();
  for (const tensor of tensors) {
    const names = byScope.get(tensor.scope) ?? new Map<string, GraphTensor>();
    byScope.set(tensor.scope, names);
    if (!names.has(tensor.name)) names.set(tensor.name, tensor);
  }
  return (scope, name) => {
    for (let at: Scope | undefined = scope; at !== undefined && name !== ""; at = at.outer) {
      const found = byScope.get(at)?.get(name);
      if (found !== undefined || at.defines(name)) return found;
    }
    return undefined;
  };
}
