/**
 * The file name of a layer's eigenvalues: its number, then its name with every character outside A-Z a-z 0-9 . _ -
 * replaced. The name is unique and safe.
 */
export function eigenvalueFileName(layerId: number, name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 120);
  return `${String(layerId).padStart(4, "0")}_${safe}.npy`;
}
