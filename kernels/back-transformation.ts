import { addProducts, addTransposedProduct, multiplyAdd } from "./multiply-add";
import { rowBytes, TILE, tileBytes } from "./tile";

// From the eigenvectors of the tridiagonal matrix to those of the dense one: V := Q1 Q2 V, Q1 the reflectors of the
// panels (dense-to-band.ts), Q2 those of the bulge chase (band-to-tridiagonal.ts). V is stored as column panels of 32,
// each transformed separately.
//
// Reflectors of four sweeps s ... s + 3 that act on nearly the same rows are kept together as a quad: 36 rows of four
// doubles, reflector q shifted down by q rows, and after them the triangular T of the compact form I - V T V' of their
// product [SvL89]. Within a sweep reflectors act on different rows.

const QUAD_ROWS: i32 = 36;
const QUAD_BYTES: usize = 1280;
const FACTOR: usize = 1152;
/** Sweeps whose quads are applied to the same rows before those leave the nearest cache. */
const SWEEPS_AT_ONCE: i32 = 16;
const ROW_BYTES: usize = rowBytes<f64>();
const TILE_BYTES: usize = tileBytes<f64>();
/** Rows of a panel whose products are summed at once. */
const DEPTH: i32 = 128;

/** The address of quad (sweeps 4 quad ..., block b of 32 rows), of a matrix with `blocks` blocks. */
function quadAt(quads: usize, blocks: i32, quad: i32, b: i32): usize {
  return quads + <usize>(quad * blocks + b) * QUAD_BYTES;
}

/** Stores reflector b of sweep s (32 numbers at `v`) and tau in the quads' memory, which was zero before. */
export function keepReflector(quads: usize, blocks: i32, s: i32, b: i32, v: usize, tau: f64): void {
  const at = quadAt(quads, blocks, s >> 2, b);
  const q: usize = s & 3;
  // The diagonal of T; 0 means a reflector that does nothing.
  store<f64>(at + FACTOR + q * 40, tau);
  if (tau === 0) return;
  let to = at + q * 40;
  for (let i: usize = 0; i < 256; i += 8, to += 32) store<f64>(to, load<f64>(v + i));
}

/** Share `item`, a quad of sweeps: computes T of all of its blocks. */
export function factoriseQuads(quads: usize, blocks: i32, item: i32): void {
  for (let b = 0; b < blocks; b++) {
    const at = quadAt(quads, blocks, item, b);
    const factor = at + FACTOR;
    for (let c: usize = 1; c < 4; c++) {
      const tau = load<f64>(factor + c * 40);
      for (let i: usize = 0; i < c; i++) {
        let sum = 0.0;
        for (let k = i; k < c; k++) {
          let product = 0.0;
          for (let r: usize = 0; r < <usize>QUAD_ROWS; r++)
            product += load<f64>(at + (r << 5) + (k << 3)) * load<f64>(at + (r << 5) + (c << 3));
          sum += load<f64>(factor + (i << 5) + (k << 3)) * product;
        }
        store<f64>(factor + (i << 5) + (c << 3), -tau * sum);
      }
    }
  }
}

/** Z := (I - V T V') Z for a quad and `rows` rows of a column panel. */
function applyQuad(quad: usize, z: usize, rows: i32): void {
  const t = quad + FACTOR;
  for (let group: usize = 0; group < 256; group += 32) {
    let a0 = f64x2.splat(0),
      a1 = a0,
      b0 = a0,
      b1 = a0,
      c0 = a0,
      c1 = a0,
      d0 = a0,
      d1 = a0;
    let v = quad;
    let at = z + group;
    for (let r = rows; r > 0; r--) {
      const z0 = v128.load(at);
      const z1 = v128.load(at, 16);
      let x = v128.load_splat<f64>(v);
      a0 = multiplyAdd<f64>(x, z0, a0);
      a1 = multiplyAdd<f64>(x, z1, a1);
      x = v128.load_splat<f64>(v, 8);
      b0 = multiplyAdd<f64>(x, z0, b0);
      b1 = multiplyAdd<f64>(x, z1, b1);
      x = v128.load_splat<f64>(v, 16);
      c0 = multiplyAdd<f64>(x, z0, c0);
      c1 = multiplyAdd<f64>(x, z1, c1);
      x = v128.load_splat<f64>(v, 24);
      d0 = multiplyAdd<f64>(x, z0, d0);
      d1 = multiplyAdd<f64>(x, z1, d1);
      v += 32;
      at += ROW_BYTES;
    }
    // -T times the four rows of products; T is upper triangular.
    let x = v128.load_splat<f64>(t);
    a0 = v128.mul<f64>(x, a0);
    a1 = v128.mul<f64>(x, a1);
    x = v128.load_splat<f64>(t, 8);
    a0 = v128.neg<f64>(
      multiplyAdd<f64>(
        v128.load_splat<f64>(t, 24),
        d0,
        multiplyAdd<f64>(v128.load_splat<f64>(t, 16), c0, multiplyAdd<f64>(x, b0, a0)),
      ),
    );
    a1 = v128.neg<f64>(
      multiplyAdd<f64>(
        v128.load_splat<f64>(t, 24),
        d1,
        multiplyAdd<f64>(v128.load_splat<f64>(t, 16), c1, multiplyAdd<f64>(x, b1, a1)),
      ),
    );
    x = v128.load_splat<f64>(t, 40);
    b0 = v128.neg<f64>(
      multiplyAdd<f64>(
        v128.load_splat<f64>(t, 56),
        d0,
        multiplyAdd<f64>(v128.load_splat<f64>(t, 48), c0, v128.mul<f64>(x, b0)),
      ),
    );
    b1 = v128.neg<f64>(
      multiplyAdd<f64>(
        v128.load_splat<f64>(t, 56),
        d1,
        multiplyAdd<f64>(v128.load_splat<f64>(t, 48), c1, v128.mul<f64>(x, b1)),
      ),
    );
    x = v128.load_splat<f64>(t, 80);
    c0 = v128.neg<f64>(multiplyAdd<f64>(v128.load_splat<f64>(t, 88), d0, v128.mul<f64>(x, c0)));
    c1 = v128.neg<f64>(multiplyAdd<f64>(v128.load_splat<f64>(t, 88), d1, v128.mul<f64>(x, c1)));
    x = v128.neg<f64>(v128.load_splat<f64>(t, 120));
    d0 = v128.mul<f64>(x, d0);
    d1 = v128.mul<f64>(x, d1);
    v = quad;
    at = z + group;
    for (let r = rows; r > 0; r--) {
      let z0 = v128.load(at);
      let z1 = v128.load(at, 16);
      x = v128.load_splat<f64>(v);
      z0 = multiplyAdd<f64>(x, a0, z0);
      z1 = multiplyAdd<f64>(x, a1, z1);
      x = v128.load_splat<f64>(v, 8);
      z0 = multiplyAdd<f64>(x, b0, z0);
      z1 = multiplyAdd<f64>(x, b1, z1);
      x = v128.load_splat<f64>(v, 16);
      z0 = multiplyAdd<f64>(x, c0, z0);
      z1 = multiplyAdd<f64>(x, c1, z1);
      x = v128.load_splat<f64>(v, 24);
      v128.store(at, multiplyAdd<f64>(x, d0, z0));
      v128.store(at, multiplyAdd<f64>(x, d1, z1), 16);
      v += 32;
      at += ROW_BYTES;
    }
  }
}

/**
 * Share `item`, one column panel (`rows` x 32) of the vectors: applies Q2 of a matrix of side n. The last sweeps are
 * applied first, one block of rows after the other: a reflector of a later sweep and a lower block shares no row with
 * those that are applied before it.
 */
export function applyChase(quads: usize, blocks: i32, n: i32, panels: usize, rows: i32, item: i32): void {
  const panel = panels + <usize>item * ((<usize>rows) << 8);
  const sweeps = n - 2;
  for (let first = (sweeps - 1) & -SWEEPS_AT_ONCE; first >= 0; first -= SWEEPS_AT_ONCE) {
    const lastQuad = (min(sweeps, first + SWEEPS_AT_ONCE) - 1) >> 2;
    for (let b = 0; first + 1 + TILE * b < n; b++) {
      for (let quad = lastQuad; quad >= first >> 2; quad--) {
        const row = 4 * quad + 1 + TILE * b;
        if (row < n)
          applyQuad(quadAt(quads, blocks, quad, b), panel + ((<usize>row) << 8), min(QUAD_ROWS - 1, rows - row));
      }
    }
  }
}

/** The address of V of panel p among the kept ones, of `tiles` tiles: V of panel q has tiles - q - 1. */
function keptPanel(panels: usize, tiles: i32, p: i32): usize {
  return panels + <usize>(p * tiles - ((p * (p + 1)) >> 1)) * TILE_BYTES;
}

/** Stores V of panel p (`panel`: its tile rows are numbered as in the matrix) and its factor T, transposed. */
export function keepPanel(
  tiles: i32,
  p: i32,
  panel: usize,
  factor: usize,
  keptPanels: usize,
  keptFactors: usize,
): void {
  memory.copy(
    keptPanel(keptPanels, tiles, p),
    panel + <usize>(p + 1) * TILE_BYTES,
    <usize>(tiles - p - 1) * TILE_BYTES,
  );
  const to = keptFactors + <usize>p * TILE_BYTES;
  for (let i: usize = 0; i < 32; i++) {
    for (let j: usize = 0; j < 32; j++) store<f64>(to + (j << 8) + (i << 3), load<f64>(factor + (i << 8) + (j << 3)));
  }
}

/**
 * Share `item`, one column panel of the vectors: applies Q1, the last panel's reflectors first. `work` holds two tiles
 * per share.
 */
export function applyPanels(
  tiles: i32,
  keptPanels: usize,
  keptFactors: usize,
  panels: usize,
  work: usize,
  item: i32,
): void {
  const products = work + <usize>(2 * item) * TILE_BYTES;
  const small = products + TILE_BYTES;
  const vectors = panels + <usize>item * <usize>tiles * TILE_BYTES;
  for (let p = tiles - 2; p >= 0; p--) {
    const v = keptPanel(keptPanels, tiles, p);
    const z = vectors + <usize>(p + 1) * TILE_BYTES;
    const rows = (tiles - p - 1) * TILE;
    memory.fill(products, 0, 2 * TILE_BYTES);
    for (let from = 0; from < rows; from += DEPTH) {
      const at = (<usize>from) << 8;
      addTransposedProduct<f64>(v + at, z + at, min(DEPTH, rows - from), products);
    }
    addTransposedProduct<f64>(keptFactors + <usize>p * TILE_BYTES, products, TILE, small);
    for (let at: usize = 0; at < TILE_BYTES; at += 16) v128.store(small + at, v128.neg<f64>(v128.load(small + at)));
    for (let at: usize = 0; at < (<usize>rows) << 8; at += TILE_BYTES) addProducts<f64>(v + at, small, z + at, 1);
  }
}
