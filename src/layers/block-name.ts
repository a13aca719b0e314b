import { blockIn } from "./role.js";

/** Names in which the first index is a stage and the second a block, or an inner module counts items too. */
const BEFORE_REPEATED: readonly RegExp[] = [
  // torchvision: EfficientNet and ConvNeXt (features.3.0.block.1.0), MobileNetV2 and V3 (features.3.block.0.0).
  /(?:^|[./])features[./]\d+(?:[./]\d+)?(?=[./])/,
  // timm's EfficientNet: blocks.2.1.conv_pw.
  /(?:^|[./])blocks[./]\d+[./]\d+(?=[./])/,
];

/** Names of blocks without a word that counts them. */
const AFTER_REPEATED: readonly RegExp[] = [
  // ESRGAN: model.1.sub.0.RDB1.conv1.0.
  /(?:^|[./])sub[./]\d+(?=[./])/,
  // torchvision's DenseNet: features.denseblock1.denselayer2.conv1.
  /(?:^|[./])denseblock\d+[./]denselayer\d+(?=[./])/,
  // Inception: Mixed_5b.branch1x1.conv, inception4a.branch1.conv, mixed4/conv2d_31.
  /(?:^|[./])(?:mixed|inception)_?\d+[a-z]?(?=[./_])/i,
  // Keras: conv2_block1_1_conv, block_3_expand, block14_sepconv1, block2a_expand_conv, res2a_branch2a.
  /(?:^|[./])(?:(?:conv\d+_)?block_?\d+[a-z]?|res\d+[a-z]+)(?=_)/i,
  // An item of a list that has modules of its own: encoder.3.0.pw_conv, down_blocks.0.resnets.1.conv1.
  /(?:^|[./])\d+(?=[./])/,
];

/**
 * The name of the block that holds a layer: the layer's name up to the index of the block ("model.layers.7", "mixed4",
 * "encoder.3", "layer1.0"). The layers of one block have equal ones. The first rule that applies: a pattern of
 * `BEFORE_REPEATED`, the repeated block that `layerRole` finds, a pattern of `AFTER_REPEATED`. A guess by name; null if
 * the name shows no block, never null if `layerRole` finds one.
 */
export function blockName(name: string): string | null {
  const end = endOfFirst(BEFORE_REPEATED, name) ?? blockIn(name)?.end ?? endOfFirst(AFTER_REPEATED, name);
  return end === null ? null : name.slice(0, end);
}

/** Where the match of the first pattern that matches ends; null if none does. */
function endOfFirst(patterns: readonly RegExp[], name: string): number | null {
  const match = patterns.map((pattern) => pattern.exec(name)).find((found) => found !== null);
  return match === undefined ? null : match.index + match[0].length;
}
