import type { ScannedModule } from "./spectrum-scan.js";

/** The modules of one type that stay trainable, the highest ratio first. */
export interface UnfrozenType {
  readonly type: string;
  /** Modules of this type in the scan. */
  readonly scanned: number;
  readonly modules: readonly ScannedModule[];
}

/** Spectrum always trains these two. */
export const ALWAYS_UNFROZEN = ["^lm_head.weight$", "^model.embed_tokens.weight$"] as const;

/**
 * Spectrum's choice: of each type, the int(count * top/100) modules with the highest ratio. Equal ratios keep the order
 * of the scan, and types keep theirs [spectrum.py, generate_unfrozen_params_yaml]. A ratio that is no number comes
 * last. Throws `RangeError` unless 0 < top <= 100.
 */
export function unfrozenTypes(scan: readonly ScannedModule[], top: number): readonly UnfrozenType[] {
  if (!(top > 0 && top <= 100)) throw new RangeError(`top: found ${top}, expected a percentage above 0, up to 100`);
  const types = new Map<string, ScannedModule[]>();
  for (const module of scan) types.set(module.type, [...(types.get(module.type) ?? []), module]);
  return [...types].map(([type, modules]) => ({
    type,
    scanned: modules.length,
    modules: modules.toSorted(byFallingRatio).slice(0, Math.floor((modules.length * top) / 100)),
  }));
}

function byFallingRatio({ snr: a }: ScannedModule, { snr: b }: ScannedModule): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : b - a;
}

/** The patterns of the list, in its order. */
export function unfrozenPatterns(types: readonly UnfrozenType[]): readonly string[] {
  return [...ALWAYS_UNFROZEN, ...types.flatMap(({ modules }) => modules.map(({ name }) => name))];
}

/** The list as Spectrum writes it, byte for byte. A heading is there even if no module of the type is. */
export function unfrozenYaml(types: readonly UnfrozenType[]): string {
  const lines = types.flatMap(({ type, modules }) => [`# ${type} layers`, ...modules.map(({ name }) => `- ${name}`)]);
  return `${["unfrozen_parameters:", ...ALWAYS_UNFROZEN.map((pattern) => `- ${pattern}`), ...lines].join("\n")}\n`;
}

/** Spectrum's name for the list that it makes of a scan's file. */
export function unfrozenFileName(scanFile: string, top: number): string {
  const base = (scanFile.split(/[/\\]/).at(-1) as string).replace(/(?<=.)\.[^.]*$/, "");
  return `${base}_unfrozenparameters_${top}percent.yaml`;
}
