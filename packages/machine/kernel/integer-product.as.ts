// AssemblyScript (not TypeScript): matrix products of whole numbers. Built by `npm run build:kernel`.
export { packWords } from "./pack-words.as";

/** Columns of B in one packed panel; columns of C computed together. */
const PANEL: usize = 8;

/**
 * Lays a block of B (int16) out in panels of eight columns: for each pair of k, the two elements of a column side by side.
 * The rows lie `stride` bytes apart. What a last, narrower panel reads beyond its row only reaches columns of C that
 * nobody reads.
 */
export function packPairs(b: usize, stride: usize, packed: usize, pairs: usize, panels: usize): void {
  let to = packed;
  for (let panel: usize = 0; panel < panels; panel++) {
    let from = b + ((panel * PANEL) << 1);
    const end = to + ((pairs * PANEL) << 2);
    while (to < end) {
      const even = v128.load(from);
      const odd = v128.load(from + stride);
      v128.store(to, i16x8.shuffle(even, odd, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(to, i16x8.shuffle(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      from += stride << 1;
      to += PANEL << 2;
    }
  }
}

/**
 * C += A B for one block, modulo 2^32. A is int16, rows x (2 pairs), row-major; B is packed by `packPairs`; C is int32,
 * row-major with `panels` panels a row. `rows` is a multiple of 4. All addresses are bytes. Elements have at most 9 bits
 * and a sign, so that the sum of a pair of products fits 32 bits; sums of pairs wrap around.
 */
export function accumulatePairs(a: usize, b: usize, c: usize, rows: usize, panels: usize, pairs: usize): void {
  const aStride: usize = pairs << 2;
  const cStride: usize = (panels * PANEL) << 2;
  for (let panel: usize = 0; panel < panels; panel++) {
    const bPanel: usize = b + ((panel * pairs * PANEL) << 2);
    for (let row: usize = 0; row < rows; row += 4) {
      let at: usize = c + row * cStride + ((panel * PANEL) << 2);
      let c00 = v128.load(at);
      let c01 = v128.load(at, 16);
      let c10 = v128.load(at + cStride);
      let c11 = v128.load(at + cStride, 16);
      let c20 = v128.load(at + 2 * cStride);
      let c21 = v128.load(at + 2 * cStride, 16);
      let c30 = v128.load(at + 3 * cStride);
      let c31 = v128.load(at + 3 * cStride, 16);
      let pa: usize = a + row * aStride;
      let pb: usize = bPanel;
      const end: usize = pb + ((pairs * PANEL) << 2);
      while (pb < end) {
        const b0 = v128.load(pb);
        const b1 = v128.load(pb, 16);
        let x = v128.load32_splat(pa);
        c00 = i32x4.add(c00, i32x4.dot_i16x8_s(x, b0));
        c01 = i32x4.add(c01, i32x4.dot_i16x8_s(x, b1));
        x = v128.load32_splat(pa + aStride);
        c10 = i32x4.add(c10, i32x4.dot_i16x8_s(x, b0));
        c11 = i32x4.add(c11, i32x4.dot_i16x8_s(x, b1));
        x = v128.load32_splat(pa + 2 * aStride);
        c20 = i32x4.add(c20, i32x4.dot_i16x8_s(x, b0));
        c21 = i32x4.add(c21, i32x4.dot_i16x8_s(x, b1));
        x = v128.load32_splat(pa + 3 * aStride);
        c30 = i32x4.add(c30, i32x4.dot_i16x8_s(x, b0));
        c31 = i32x4.add(c31, i32x4.dot_i16x8_s(x, b1));
        pa += 4;
        pb += PANEL << 2;
      }
      v128.store(at, c00);
      v128.store(at, c01, 16);
      at += cStride;
      v128.store(at, c10);
      v128.store(at, c11, 16);
      at += cStride;
      v128.store(at, c20);
      v128.store(at, c21, 16);
      at += cStride;
      v128.store(at, c30);
      v128.store(at, c31, 16);
    }
  }
}

/** C += A B for one block of int32, modulo 2^32; otherwise as `accumulatePairs`. */
export function accumulateWords(a: usize, b: usize, c: usize, rows: usize, panels: usize, depth: usize): void {
  const aStride: usize = depth << 2;
  const cStride: usize = (panels * PANEL) << 2;
  for (let panel: usize = 0; panel < panels; panel++) {
    const bPanel: usize = b + ((panel * depth * PANEL) << 2);
    for (let row: usize = 0; row < rows; row++) {
      const at: usize = c + row * cStride + ((panel * PANEL) << 2);
      let c0 = v128.load(at);
      let c1 = v128.load(at, 16);
      let pa: usize = a + row * aStride;
      let pb: usize = bPanel;
      const end: usize = pb + ((depth * PANEL) << 2);
      while (pb < end) {
        const x = v128.load32_splat(pa);
        c0 = i32x4.add(c0, i32x4.mul(x, v128.load(pb)));
        c1 = i32x4.add(c1, i32x4.mul(x, v128.load(pb, 16)));
        pa += 4;
        pb += PANEL << 2;
      }
      v128.store(at, c0);
      v128.store(at, c1, 16);
    }
  }
}
