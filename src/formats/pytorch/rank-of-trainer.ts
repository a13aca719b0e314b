import { FormatError } from "../../bytes/errors.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { MEGATRON_REMEDY, RANKS_REMEDY, ZERO_REMEDY } from "../trainer-parts.js";
import { sectionsOf, valueUnder } from "./containers.js";
import { PyDict, PyObject, type Value } from "./pickle/values.js";
import type { FoundTensor } from "./walk.js";

/** Refuses one rank's part of a model (DeepSpeed, Megatron) by what its trainer wrote. Throws `FormatError`. */
export function refuseRank(top: Value, where: ErrorLocation): void {
  const optimizer = under(top, "optimizer_state_dict");
  const stage = under(optimizer, "zero_stage");
  if (stage !== undefined && under(top, "module") === undefined) {
    const ranks = under(optimizer, "partition_count");
    throw new FormatError(
      "this is the optimizer state of one rank of DeepSpeed ZeRO (stage " +
        `${String(stage)}${typeof ranks === "number" ? `, ${ranks} ranks` : ""}): it holds a flat piece of the ` +
        "weights, no matrix",
      { ...where, kind: "unsupported", remedy: ZERO_REMEDY },
    );
  }
  const args = under(top, "args");
  const attributes = args instanceof PyObject && args.state instanceof PyDict ? args.state.entries : undefined;
  const parallel = attributes?.get("tensor_model_parallel_size") ?? under(top, "mp_world_size");
  if (typeof parallel === "number" && parallel > 1) {
    const whose = attributes?.has("tensor_model_parallel_size") ? "Megatron" : "DeepSpeed";
    throw new FormatError(
      `this is one rank of a tensor-parallel model of ${whose} (${parallel} ranks): its matrices are slices ` +
        "of the model's",
      { ...where, kind: "unsupported", remedy: MEGATRON_REMEDY },
    );
  }
}

/** Refuses a checkpoint of DeepSpeed ZeRO stage 3 whose tensors are placeholders without elements. */
export function refusePlaceholders(top: Value, tensors: readonly FoundTensor[], where: ErrorLocation): void {
  if (under(top, "ds_version") === undefined && under(top, "ds_config") === undefined) return;
  const sizes = tensors.map(({ tensor }) => tensor.size);
  if (!sizes.every((size) => size.includes(0))) return;
  throw new FormatError(
    `this is a checkpoint of DeepSpeed ZeRO stage 3: its ${tensors.length} tensors are placeholders without ` +
      "elements; the weights are spread over the optimizer states of all ranks",
    { ...where, kind: "unsupported", remedy: ZERO_REMEDY },
  );
}

/** Refuses a checkpoint whose matrices are all parts of tensors that are spread over ranks (DTensor, ShardedTensor). */
export function refuseRankParts(tensors: readonly FoundTensor[], where: ErrorLocation): void {
  const parts = tensors.filter(({ tensor }) => tensor.kind === "unreadable" && tensor.ofRank === true);
  const hasOther = tensors.some((found) => found.tensor.size.length > 1 && !parts.includes(found));
  if (parts.length === 0 || hasOther) return;
  throw new FormatError(
    `this is one rank's file of a sharded checkpoint: ${parts.length} of its ${tensors.length} tensors are ` +
      "parts of tensors that are spread over the ranks (DTensor or ShardedTensor)",
    { ...where, kind: "unsupported", remedy: RANKS_REMEDY },
  );
}

/** The value under a key of a dictionary. */
function under(value: Value | undefined, key: string): Value | undefined {
  if (value === undefined || value === null) return undefined;
  return sectionsOf(value)
    .map((section) => valueUnder(section, key))
    .find((found) => found !== undefined);
}
