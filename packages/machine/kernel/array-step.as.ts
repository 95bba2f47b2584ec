// AssemblyScript (not TypeScript): one clock of a systolic array. Built by `npm run build:kernel`.
//
// The registers of all processing elements lie in seven planes of float32 or 32-bit words, one after the other: the
// operand moving right and its flag, the operand moving down (or held) and its flag, the sum and its flag, and the count
// of multiply-accumulates. A plane has a row above the array and a column of width one to its left, which are the inputs
// at the edges; flags are 0 or -1. `base` is the address of the element (0, 0) in the first plane, `pitch` the bytes
// from one row to the next, `plane` those from one plane to the next, `width` the bytes of a row, a multiple of 16.
//
// Registers are shifted in place: the array is gone through from its last element to its first, so that each one still
// finds the present state of the neighbours that it reads. src/compute/stepped-array-plain.ts does the same plainly.

/** Output-stationary: operands move right and down, sums stay. */
export function accumulate(base: usize, rows: usize, pitch: usize, plane: usize, width: usize): void {
  for (let row = base + (rows - 1) * pitch; row >= base; row -= pitch) {
    for (let at = row + width - 16; at >= row; at -= 16) {
      const right = v128.load(at - 4);
      let p = at + plane;
      const rightValid = v128.load(p - 4);
      v128.store(at, right);
      v128.store(p, rightValid);
      p += plane;
      const down = v128.load(p - pitch);
      v128.store(p, down);
      p += plane;
      const downValid = v128.load(p - pitch);
      v128.store(p, downValid);
      const works = v128.and(rightValid, downValid);
      p += plane;
      const sum = v128.load(p);
      v128.store(p, v128.bitselect(f32x4.add(sum, f32x4.mul(right, down)), sum, works));
      p += plane << 1;
      v128.store(p, i32x4.sub(v128.load(p), works));
    }
  }
}

/** Weight- and input-stationary: one operand moves right, sums move down, the other operand stays. */
export function stream(base: usize, rows: usize, pitch: usize, plane: usize, width: usize): void {
  for (let row = base + (rows - 1) * pitch; row >= base; row -= pitch) {
    for (let at = row + width - 16; at >= row; at -= 16) {
      const right = v128.load(at - 4);
      let p = at + plane;
      const rightValid = v128.load(p - 4);
      v128.store(at, right);
      v128.store(p, rightValid);
      p += plane;
      const held = v128.load(p);
      p += plane;
      const works = v128.and(rightValid, v128.load(p));
      p += plane;
      const sum = v128.load(p - pitch);
      v128.store(p, v128.bitselect(f32x4.add(sum, f32x4.mul(right, held)), sum, works));
      p += plane;
      v128.store(p, v128.load(p - pitch));
      p += plane;
      v128.store(p, i32x4.sub(v128.load(p), works));
    }
  }
}

/** Weight- and input-stationary: the operand that will stay moves down; so does everything else that is under way. */
export function load(base: usize, rows: usize, pitch: usize, plane: usize, width: usize): void {
  for (let row = base + (rows - 1) * pitch; row >= base; row -= pitch) {
    for (let at = row + width - 16; at >= row; at -= 16) {
      v128.store(at, v128.load(at - 4));
      let p = at + plane;
      v128.store(p, v128.load(p - 4));
      for (let count = 0; count < 4; count++) {
        p += plane;
        v128.store(p, v128.load(p - pitch));
      }
    }
  }
}
