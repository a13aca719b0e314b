/** The names of a model's weights on a hub, in the order in which transformers, diffusers and peft look for them. */
const USUAL_NAMES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "diffusion_pytorch_model.safetensors",
  "diffusion_pytorch_model.safetensors.index.json",
  "adapter_model.safetensors",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  "diffusion_pytorch_model.bin",
  "adapter_model.bin",
] as const;

/**
 * The file that the hub's own libraries would load from a folder with these names; undefined if none of them exists.
 * Opening each file of a folder, as on a disk, would cost one request each, and would find the same model in five
 * formats.
 */
export function usualFile(names: readonly string[]): string | undefined {
  const there = new Set(names);
  return USUAL_NAMES.find((name) => there.has(name));
}
