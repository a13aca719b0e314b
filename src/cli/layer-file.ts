/**
 * The name of a layer's own file: its number, then its name with every character outside A-Z a-z 0-9 . _ - replaced,
 * then the ending ("npy"). The name is unique and safe.
 */
export function layerFileName(layerId: number, name: string, ending: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 120);
  return `${String(layerId).padStart(4, "0")}_${safe}.${ending}`;
}
