import { describe, expect, it } from "vitest";
import { knownBuffer } from "#eigenscope/layers/known-buffers.js";

const ROTARY = "a table of rotary positions";
const INDICES = "an index table";
const TRANSFORM = "a fixed signal transform (a filter bank, DCT or window)";
const SLOPES = "the slopes of an activation (PReLU), one per entry";

describe("the name of a buffer", () => {
  it.each([
    ["attn.inv_freq", ROTARY],
    ["attn.cos_sin_cache", ROTARY],
    ["attn.position_ids", INDICES],
    ["attn.tid2eid", INDICES],
    ["front.mel_filters", TRANSFORM],
    ["front.hann_window", TRANSFORM],
    ["stft.forward_basis", TRANSFORM],
    ["stft.forward_basis_buffer", TRANSFORM],
    ["p_re_lu_1/alpha", SLOPES],
    ["p_re_lu_1/alpha:0", SLOPES],
    ["cell.alphas", SLOPES],
  ])("is known as a whole: %s", (name, what) => {
    expect(knownBuffer({ name })).toBe(what);
  });

  it.each([
    "attn.my_inv_freq",
    "attn.inv_freq_proj",
    "attn.xtid2eid",
    "attn.tid2eid_proj",
    "front.dct_proj",
    "p_re_lu/alpha_kernel",
  ])("is not known by a part: %s", (name) => {
    expect(knownBuffer({ name })).toBeUndefined();
  });
});
