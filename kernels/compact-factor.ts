import { addTransposedProduct } from "./multiply-add";
import { at, TILE, tileBytes } from "./tile";

/**
 * The triangular T of the compact form I - V T V' of 32 reflectors [SvL89] from V (`rows` x 32) and tau; `products` (a
 * tile) receives V'V.
 */
export function compactFactor<T>(panel: usize, rows: i32, tau: usize, products: usize, factor: usize): void {
  memory.fill(products, 0, tileBytes<T>());
  addTransposedProduct<T>(panel, panel, rows, products);
  memory.fill(factor, 0, tileBytes<T>());
  for (let c = 0; c < TILE; c++) {
    const t = load<T>(at<T>(tau, c));
    for (let i = 0; i < c; i++) {
      let sum: T = 0;
      for (let k = i; k < c; k++) sum += load<T>(at<T>(factor, i * TILE + k)) * load<T>(at<T>(products, k * TILE + c));
      store<T>(at<T>(factor, i * TILE + c), -t * sum);
    }
    store<T>(at<T>(factor, c * TILE + c), t);
  }
}
