/** Files that a trainer writes per rank, by their names: none of them is a model, and together they need its tool. */
interface TrainerParts {
  /** Whether these names, all of one folder or the folders in it, are such parts. */
  readonly matches: (names: readonly string[]) => boolean;
  readonly what: string;
  readonly remedy: string;
}

/** What puts the flat pieces of DeepSpeed's ranks together. */
export const ZERO_REMEDY =
  "Run the script that DeepSpeed writes beside its checkpoints, python zero_to_fp32.py <folder> <output " +
  "folder>, and name its output.";
/** What merges the slices of Megatron's ranks. */
export const MEGATRON_REMEDY =
  "Merge the ranks with Megatron-LM, python tools/checkpoint/convert.py --target-tensor-parallel-size 1 " +
  "--target-pipeline-parallel-size 1 ..., and name its output.";

/** What puts the parts of a sharded checkpoint's ranks together, if no plan does. */
export const RANKS_REMEDY =
  "Load it as it was saved and save it whole (FSDP: StateDictType.FULL_STATE_DICT; verl: python -m " +
  "verl.model_merger merge), and name the output.";

const several = (pattern: RegExp) => (names: readonly string[]) =>
  names.filter((name) => pattern.test(name)).length > 1 && names.every((name) => pattern.test(name));

/** The first match wins. */
const PARTS: readonly TrainerParts[] = [
  {
    matches: (names) => names.length > 0 && names.every((name) => /zero_pp_rank_\d+_mp_rank_\d+_/.test(name)),
    what: "the ranks of a DeepSpeed ZeRO checkpoint: each holds flat pieces of all weights, or placeholders for them",
    remedy: ZERO_REMEDY,
  },
  {
    // "mp_rank_01_003": the first number counts slices; the second, stages of a pipeline, whose matrices are whole.
    matches: (names) => {
      const ranks = names.map((name) => /(?:^|\/)mp_rank_(\d+)(?:(?:_\d+)*|_model_states\.pt)$/.exec(name)?.[1]);
      return new Set(ranks).size > 1 && !ranks.includes(undefined);
    },
    what: "the ranks of a model-parallel checkpoint (Megatron): each holds slices of the matrices",
    remedy: MEGATRON_REMEDY,
  },
  {
    matches: several(/(^|\/)consolidated\.\d+\.pth$/),
    what: "the ranks of a model-parallel checkpoint (Meta's): each holds slices of the matrices",
    remedy: "Convert it with transformers (convert_llama_weights_to_hf.py), and name its output.",
  },
  {
    matches: several(/rank_?\d+\.(pt|pth|bin)$|rank_?\d+_of_\d+\.(pt|pth|bin)$/),
    what: "the ranks of a sharded checkpoint (FSDP): each holds parts of the weights",
    remedy: RANKS_REMEDY,
  },
];

/** What files or folders of these names are together, if a trainer wrote one per rank; undefined for any others. */
export function trainerParts(names: readonly string[]): { readonly what: string; readonly remedy: string } | undefined {
  return PARTS.find(({ matches }) => matches(names));
}
