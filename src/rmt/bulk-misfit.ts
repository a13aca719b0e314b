import type { BulkFit } from "./bulk-fit.js";

/**
 * KS distance of the bulk to its law in units of ln m/m, for m bulk eigenvalues per matrix (`rf` matrices pooled). The
 * eigenvalues of a random matrix are rigid [TV12]: their KS distance shrinks like ln m/m, not like 1/sqrt(m). So this
 * is 0.4 to 0.7 for a true bulk of any size.
 */
export function bulkMisfit({ ks, bulkSize }: Pick<BulkFit, "ks" | "bulkSize">, rf = 1): number {
  const m = bulkSize / rf;
  return (ks * m) / Math.log(Math.max(Math.E, m));
}
