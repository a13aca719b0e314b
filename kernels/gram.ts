import { addTransposedProduct } from "./multiply-add";
import { lowerTile } from "./tile";

// The Gram matrix G = sum over panels of P'P. A panel is up to 256 rows of W, packed as f64 into strips of four columns. A and B of a product then
// have the same form, so that one packing serves both.

/**
 * Rows of tiles first ... end - 1 of G += P'P, tiles on and left of the diagonal. The 8 strips of a tile column stay in the cache for all rows of tiles
 * of the group.
 */
export function gramTileRows(gram: usize, panel: usize, stripBytes: usize, depth: i32, first: i32, end: i32): void {
  const tileBytes = 8 * stripBytes;
  for (let J = 0; J < end; J++) {
    for (let I = max(first, J); I < end; I++) {
      addTransposedProduct(panel + <usize>I * tileBytes, panel + <usize>J * tileBytes, stripBytes, 32, depth, lowerTile(gram, I, J));
    }
  }
}
