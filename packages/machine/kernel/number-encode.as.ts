// AssemblyScript (not TypeScript): float32 to narrower formats, four numbers at a time. Built by `npm run build:kernel`.

/**
 * Rounds `count` (a multiple of 4) float32 at `from` to a floating-point format, to nearest with ties to even, and stores the
 * patterns at `to`, `width` (1 or 2) bytes each. A normal number loses `shift` bits of its fraction, rounded, and `rebias`
 * of its exponent; one below `normal` (bits of the least normal number) is added to `magic`, a power of two so large that
 * the addition rounds it where the subnormals of the format end. From the magnitude `overflow` on it becomes `beyond`, a
 * NaN becomes `nan`. Signs go to the place `signShift` to the right.
 */
export function encodeFloats(
  from: usize,
  to: usize,
  count: i32,
  width: i32,
  shift: i32,
  rebias: i32,
  normal: i32,
  magic: f32,
  overflow: i32,
  beyond: i32,
  nan: i32,
  signShift: i32,
): void {
  const magnitudes = i32x4.splat(0x7fffffff);
  const half = i32x4.splat((1 << (shift - 1)) - 1 - rebias);
  const one = i32x4.splat(1);
  const magics = f32x4.splat(magic);
  const normals = i32x4.splat(normal);
  const overflows = i32x4.splat(overflow);
  const beyonds = i32x4.splat(beyond);
  const nans = i32x4.splat(nan);
  const infinity = i32x4.splat(0x7f800000);
  const signs = i32x4.splat(1 << (31 - signShift));
  const end = from + (count << 2);
  while (from < end) {
    const word = v128.load(from);
    const magnitude = v128.and(word, magnitudes);
    const last = v128.and(i32x4.shr_u(magnitude, shift), one);
    let code = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, half), last), shift);
    const subnormal = i32x4.sub(f32x4.add(magnitude, magics), magics);
    code = v128.bitselect(subnormal, code, i32x4.lt_s(magnitude, normals));
    code = v128.bitselect(beyonds, code, i32x4.ge_s(magnitude, overflows));
    code = v128.bitselect(nans, code, i32x4.gt_s(magnitude, infinity));
    code = v128.or(code, v128.and(i32x4.shr_u(word, signShift), signs));
    const narrow = i16x8.narrow_i32x4_u(code, code);
    if (width == 2) {
      v128.store64_lane(to, narrow, 0);
      to += 8;
    } else {
      v128.store32_lane(to, i8x16.narrow_i16x8_u(narrow, narrow), 0);
      to += 4;
    }
    from += 16;
  }
}

/**
 * Rounds `count` (a multiple of 4) float32 at `from` to whole numbers from `least` to `greatest`, ties to even, stored as
 * int32 at `to`. Returns whether there was no NaN.
 */
export function encodeIntegers(from: usize, to: usize, count: i32, least: i32, greatest: i32): bool {
  const low = i32x4.splat(least);
  const high = i32x4.splat(greatest);
  let numbers = i32x4.splat(-1);
  const end = from + (count << 2);
  while (from < end) {
    const value = v128.load(from);
    numbers = v128.and(numbers, f32x4.eq(value, value));
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(value));
    v128.store(to, i32x4.min_s(i32x4.max_s(whole, low), high));
    from += 16;
    to += 16;
  }
  return i32x4.all_true(numbers);
}
