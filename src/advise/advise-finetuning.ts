import { type Advice, type LeftOut, type Method, someOf } from "./advice.js";
import { type AdvisedModel, moduleOf, NO_MODULE_OF_ITS_OWN, parameterNames } from "./advised-model.js";
import { checkUnfrozen } from "./axolotl-pattern.js";
import { fusedExperts } from "./loaded-names.js";
import { type MeasuredModule, type ScannedModule, scanFileName, scanText, spectrumScan } from "./spectrum-scan.js";
import {
  type UnfrozenType,
  unfrozenFileName,
  unfrozenPatterns,
  unfrozenTypes,
  unfrozenYaml,
} from "./unfrozen-parameters.js";

const METHOD: Method = {
  name: "Spectrum",
  source: "[Spectrum24]",
  formula: "snr = (sum of singular values above sigma (1 + sqrt(M/N))/sum of the others)/largest, sigma = IQR/1.349",
  claim:
    "Its authors claim that training only the modules with the highest ratio of each type comes close to full " +
    "fine-tuning and needs less memory. This program did not test that.",
};

/** Spectrum's own option, and the name of the model that its files have. */
export interface FinetuningOptions {
  /** Per cent of the modules of each type that stay trainable. */
  readonly top: number;
  /** The model's name in the file names, as axolotl's base_model gives it. */
  readonly model: string;
}

/** What Spectrum measures of a norm: its one singular value over 1, divided by itself. */
const NORM_SNR = 1;
/** Names that can stand in a line of YAML as they are. Others would end the line or begin a comment. */
const WRITABLE = /^[^\s:#'"`{}[\],&*!|>%@-][^\s:#'"]*$/;

/**
 * Spectrum's scan of an analysed model (without fused parts, every layer with its spectrum), and the choice from it.
 */
export function adviseFinetuning(model: AdvisedModel, options: FinetuningOptions): Advice {
  const { rename, loaded, warnings } = parameterNames(model);
  const leftOut: LeftOut[] = [];
  const modules: MeasuredModule[] = [];
  for (const result of model.layers) {
    const { record, spectrum } = result;
    const module = moduleOf(result, model.format);
    const reason =
      module === undefined
        ? `${NO_MODULE_OF_ITS_OWN}: Spectrum does not scan it, and it stays frozen`
        : !WRITABLE.test(module)
          ? "its name cannot be written into a list of patterns"
          : record.shape.length !== 2
            ? "Spectrum scans matrices only: it stays frozen"
            : spectrum === null
              ? (record.reason ?? "it has no spectrum")
              : record.snr_spectrum === null
                ? "the ratio is infinite or undefined: what would be noise is exactly zero"
                : undefined;
    if (reason === undefined) modules.push({ name: rename(module as string), snr: record.snr_spectrum as number });
    else leftOut.push({ name: record.name, reason });
  }
  const norms = model.skipped
    .filter(({ name, shape }) => shape.length === 1 && name.endsWith(".weight"))
    .map(({ name }) => rename(name.slice(0, -".weight".length)));
  for (const name of norms) if (WRITABLE.test(name)) modules.push({ name, snr: NORM_SNR });
  const ordered = modules.toSorted((a, b) => blockOf(a.name) - blockOf(b.name));
  const scan = spectrumScan(ordered);
  const advice = adviseScan(scan, { ...options, parameters: loaded });
  const failed = model.layers.filter(({ spectrum }) => spectrum === null).length;
  const fused = fusedExperts(modules.map(({ name }) => name));
  const details = new Map(model.layers.map((result) => [rename(moduleOf(result, model.format) ?? ""), result.record]));
  return {
    ...advice,
    rows: advice.rows.map((row) => ({ ...row, snr_mp: details.get(row.name)?.snr_mp ?? null })),
    left_out: leftOut,
    failed,
    warnings: [
      ...warnings,
      ...(fused.length === 0
        ? []
        : [
            `transformers 5 loads the experts of a block as one parameter (${fused[0]}): there, the names of single ` +
              `experts match nothing, and ${fused.length} such parameters stay frozen; use transformers 4, ` +
              "or add these",
          ]),
      ...advice.warnings,
    ],
    files: [
      {
        name: scanFileName(options.model),
        content: scanText(scan),
        use: "Spectrum's scan; axolotl's plugin reads it from the folder where training starts (base_model as named)",
      },
      ...advice.files,
    ],
  };
}

/** The order within a type is that of the model's blocks. */
function blockOf(name: string): number {
  const number = name.split(".").find((part) => /^\d+$/.test(part));
  return number === undefined ? -1 : Number(number);
}

export interface ScanOptions extends FinetuningOptions {
  /** The scan's file, which gives the list its name. Default: the model's. */
  readonly scanFile?: string;
  /** The names of the loaded model's parameters, to check the patterns on; unknown for a scan alone. */
  readonly parameters?: readonly string[];
}

/** The choice from a scan, without any model. */
export function adviseScan(scan: readonly ScannedModule[], { top, model, scanFile, parameters }: ScanOptions): Advice {
  const types = unfrozenTypes(scan, top);
  const chosen = types.reduce((sum, { modules }) => sum + modules.length, 0);
  const trained = new Set(types.flatMap(({ modules }) => modules.map(({ name }) => name)));
  const noNumber = scan.filter(({ snr }) => Number.isNaN(snr)).map(({ name }) => name);
  const name = unfrozenFileName(scanFile ?? scanFileName(model), top);
  return {
    for: "finetuning",
    method: METHOD,
    answer:
      `${chosen} of ${scan.length} modules stay trainable: the top ${top} % of each of ${types.length} types by ` +
      "signal-to-noise ratio, and lm_head and embed_tokens, which Spectrum always trains",
    options: { top, model },
    columns: [
      { key: "name", heading: "type", align: "left" },
      { key: "modules", heading: "modules", align: "right" },
      { key: "trained", heading: "trained", align: "right" },
      { key: "highest", heading: "snr max", align: "right" },
      { key: "cut", heading: "at cut", align: "right" },
      { key: "lowest", heading: "snr min", align: "right" },
    ],
    table: types.map((each) => typeRow(each, scan)),
    rows: scan.map(({ name, type, snr }) => ({
      ...{ name, type, snr: Number.isFinite(snr) ? snr : null },
      trained: trained.has(name),
    })),
    left_out: [],
    warnings: [
      ...(noNumber.length === 0 ? [] : [`the scan has no ratio for ${someOf(noNumber)}: ranked last`]),
      ...(parameters === undefined ? [] : patternWarnings(types, parameters)),
    ],
    files: [
      {
        name,
        content: unfrozenYaml(types),
        use:
          "unfrozen_parameters for axolotl's configuration (its plugin: spectrum_top_fraction is a share, such " +
          "as 0.5)",
      },
    ],
    failed: 0,
  };
}

function typeRow({ type, scanned, modules }: UnfrozenType, scan: readonly ScannedModule[]) {
  const ratios = scan.filter((module) => module.type === type && Number.isFinite(module.snr)).map(({ snr }) => snr);
  const extreme = (better: (a: number, b: number) => number): number | null =>
    ratios.length === 0 ? null : ratios.reduce((a, b) => better(a, b));
  const cut = modules.at(-1)?.snr;
  return {
    name: type,
    modules: scanned,
    trained: modules.length,
    highest: extreme(Math.max),
    cut: cut !== undefined && Number.isFinite(cut) ? cut : null,
    lowest: extreme(Math.min),
  };
}

/** What axolotl would do with the patterns, where that is not what they say. */
function patternWarnings(types: readonly UnfrozenType[], parameters: readonly string[]): readonly string[] {
  const { unmatched, unintended, trained } = checkUnfrozen(unfrozenPatterns(types), parameters);
  const named = unmatched.filter((pattern) => !pattern.startsWith("^"));
  const always = unmatched.filter((pattern) => pattern.startsWith("^"));
  return [
    ...(trained.length === 0
      ? ["no pattern matches a parameter: everything would be frozen, and nothing trained"]
      : []),
    ...(named.length > 0 && trained.length > 0
      ? [`${named.length} patterns match no parameter, so that these stay frozen: ${someOf(named)}`]
      : []),
    ...(always.length > 0 && trained.length > 0
      ? [
          `this model has no parameter for Spectrum's own ${always.join(" and ")}: its head or its ` +
            "embeddings stay frozen if they have another name or are tied",
        ]
      : []),
    ...unintended
      .slice(0, 3)
      .map(({ pattern, parameter }) => `the pattern ${pattern} also trains ${parameter}, whose name begins like it`),
  ];
}
