// AssemblyScript (not TypeScript): the matrix product. Built by `npm run build:kernel`.
export { packWords } from "./pack-words.as";

/** Columns of B in one packed panel; columns of C computed together. */
const PANEL: usize = 8;

/** NaNs with one bit pattern: which one an operation gives depends on the processor. */
// @ts-ignore: decorator
@inline
function canonical(sums: v128): v128 {
  return v128.bitselect(sums, i32x4.splat(0x7fc00000), f32x4.eq(sums, sums));
}

/**
 * C += A B for one block, k strictly ascending, each product and each sum rounded to float32: bit-equal to the plain
 * triple loop, NaNs as 0x7fc00000. A is rows x depth, row-major, packed; B is packed in panels of eight columns
 * (panel, k, column); C is row-major with `panels` panels a row. `rows` is a multiple of 4. All addresses are bytes.
 */
export function accumulate(a: usize, b: usize, c: usize, rows: usize, panels: usize, depth: usize): void {
  const aStride: usize = depth << 2;
  const cStride: usize = (panels * PANEL) << 2;
  for (let panel: usize = 0; panel < panels; panel++) {
    const bPanel: usize = b + ((panel * depth * PANEL) << 2);
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
      const end: usize = pb + ((depth * PANEL) << 2);
      while (pb < end) {
        const b0 = v128.load(pb);
        const b1 = v128.load(pb, 16);
        let x = v128.load32_splat(pa);
        c00 = f32x4.add(c00, f32x4.mul(x, b0));
        c01 = f32x4.add(c01, f32x4.mul(x, b1));
        x = v128.load32_splat(pa + aStride);
        c10 = f32x4.add(c10, f32x4.mul(x, b0));
        c11 = f32x4.add(c11, f32x4.mul(x, b1));
        x = v128.load32_splat(pa + 2 * aStride);
        c20 = f32x4.add(c20, f32x4.mul(x, b0));
        c21 = f32x4.add(c21, f32x4.mul(x, b1));
        x = v128.load32_splat(pa + 3 * aStride);
        c30 = f32x4.add(c30, f32x4.mul(x, b0));
        c31 = f32x4.add(c31, f32x4.mul(x, b1));
        pa += 4;
        pb += PANEL << 2;
      }
      v128.store(at, canonical(c00));
      v128.store(at, canonical(c01), 16);
      at += cStride;
      v128.store(at, canonical(c10));
      v128.store(at, canonical(c11), 16);
      at += cStride;
      v128.store(at, canonical(c20));
      v128.store(at, canonical(c21), 16);
      at += cStride;
      v128.store(at, canonical(c30));
      v128.store(at, canonical(c31), 16);
    }
  }
}
