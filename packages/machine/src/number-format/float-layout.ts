import type { FloatFormat } from "./number-format.ts";

/** The floating-point formats that are narrower than the float32 in which the simulator computes. */
export type NarrowFloat = Exclude<FloatFormat, "float32">;

/** How the bits of a narrow format are divided, and what is special about it. */
export type FloatLayout = {
  readonly bits: number;
  readonly fractionBits: number;
  readonly bias: number;
  /** Magnitude bits of infinity; undefined for a format that has none, whose greatest pattern alone is NaN. */
  readonly infinity: number | undefined;
  /** Magnitude bits of the NaN that is written; its sign is that of the NaN it was. */
  readonly quietNan: number;
  /** Magnitude bits of the greatest finite number. */
  readonly greatest: number;
  /** Bits of the least float32 that no longer rounds to a finite number of this format. */
  readonly overflow: number;
};

/**
 * A number half way between the greatest finite number and what would follow goes to the even of the two: to
 * infinity where the fraction of the greatest is odd, but for float8_e4m3 back to the greatest, whose fraction is even.
 */
export const floatLayouts: Readonly<Record<NarrowFloat, FloatLayout>> = {
  float16: {
    bits: 16,
    fractionBits: 10,
    bias: 15,
    infinity: 0x7c00,
    quietNan: 0x7e00,
    greatest: 0x7bff,
    overflow: 0x477ff000, // 65520
  },
  bfloat16: {
    bits: 16,
    fractionBits: 7,
    bias: 127,
    infinity: 0x7f80,
    quietNan: 0x7fc0,
    greatest: 0x7f7f,
    overflow: 0x7f7f8000,
  },
  float8_e4m3: {
    bits: 8,
    fractionBits: 3,
    bias: 7,
    infinity: undefined,
    quietNan: 0x7f,
    greatest: 0x7e,
    overflow: 0x43e80001, // above 464
  },
  float8_e5m2: {
    bits: 8,
    fractionBits: 2,
    bias: 15,
    infinity: 0x7c,
    quietNan: 0x7e,
    greatest: 0x7b,
    overflow: 0x47700000, // 61440
  },
};
