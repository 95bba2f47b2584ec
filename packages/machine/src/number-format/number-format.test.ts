import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { definedValue, firstSpecial, floatDefinitions, nearest } from "../../test/reference/number-formats.ts";
import { KpuError } from "../errors.ts";
import { decodeNumbers } from "./decode.ts";
import { encodeNumbers } from "./encode.ts";
import { encodeFloats, encodeIntegers } from "./encode-blocks.ts";
import {
  bytesFor,
  type IntegerFormat,
  isFloatFormat,
  matrixBytes,
  type NumberFormat,
  numberFormatNames,
  numberFormats,
} from "./number-format.ts";

function patternsOf(format: NumberFormat, values: ArrayLike<number>): ArrayLike<number> {
  const bytes = encodeNumbers(format, values);
  return numberFormats[format].bits === 16 ? new Uint16Array(bytes.buffer) : bytes;
}

function bitsOf(floats: ArrayLike<number>): Uint32Array {
  return new Uint32Array(Float32Array.from(floats).buffer);
}

describe.each(floatDefinitions)("$format", (definition) => {
  const { format, bits } = definition;
  const signBit = 2 ** (bits - 1);
  const special = firstSpecial(definition);

  test("decodes every pattern to the number that it is defined to be", () => {
    const all =
      bits === 16 ? Uint16Array.from({ length: 65536 }, (_, i) => i) : Uint8Array.from({ length: 256 }, (_, i) => i);
    const values = decodeNumbers(format, new Uint8Array(all.buffer), all.length);
    for (const pattern of all) {
      const magnitude = pattern % signBit;
      const sign = pattern >= signBit ? -1 : 1;
      const value = values[pattern] ?? 0;
      if (magnitude < special) expect(Object.is(value, sign * definedValue(definition, magnitude))).toBe(true);
      else if (definition.hasInfinity && magnitude === special) expect(value).toBe(sign * Number.POSITIVE_INFINITY);
      else expect(value).toBeNaN();
    }
  });

  test("comes back as it was, every number of it", () => {
    const all = Array.from({ length: special }, (_, pattern) => [pattern, pattern + signBit]).flat();
    const sources = bits === 16 ? Uint16Array.from(all) : Uint8Array.from(all);
    const values = decodeNumbers(format, new Uint8Array(sources.buffer), all.length);
    expect(Array.from(patternsOf(format, values))).toEqual(all);
  });

  test("rounds to nearest, ties to even: every tie, what lies beside it, and any float32", () => {
    const around: number[] = [];
    for (let pattern = 0; pattern < special; pattern += bits === 16 ? 7 : 1) {
      const middle = (definedValue(definition, pattern) + definedValue(definition, pattern + 1)) / 2;
      const tie = bitsOf([middle])[0] ?? 0;
      around.push(middle, ...new Float32Array(Uint32Array.of(tie - 1, tie + 1).buffer));
    }
    const random = fc.sample(fc.float({ noNaN: true, noDefaultInfinity: true }), { numRuns: 20_000, seed: 7 });
    const values = Float32Array.from([...around, ...random].filter((value) => Math.fround(value) === value));
    const patterns = patternsOf(format, values);
    const firstWrong = values.findIndex((value, index) => {
      const wanted = nearest(definition, Math.abs(value));
      const sign = Object.is(Math.sign(value), -0) || value < 0 ? signBit : 0;
      return patterns[index] !== sign + wanted;
    });
    expect(firstWrong).toBe(-1);
  });

  test("rounds a double once: beside a tie by less than a float32 can tell", () => {
    const pattern = special - 4;
    const tie = (definedValue(definition, pattern) + definedValue(definition, pattern + 1)) / 2;
    const patterns = patternsOf(format, [tie * (1 + 2 ** -40), -tie * (1 - 2 ** -40)]);
    expect(Array.from(patterns)).toEqual([pattern + 1, signBit + pattern]);
  });

  test("has a policy for what overflows", () => {
    const { greatest } = numberFormats[format];
    const over = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, greatest * 1.9, 1e300];
    const beyond = definition.hasInfinity ? special : signBit - 1;
    expect(Array.from(patternsOf(format, over))).toEqual([beyond, signBit + beyond, beyond, beyond]);
    const saturated = decodeNumbers(format, encodeNumbers(format, over, "saturate"), over.length);
    expect(Array.from(saturated)).toEqual([greatest, -greatest, greatest, greatest]);
    expect(() => encodeNumbers(format, [0, 1, greatest * 1.9], "raise")).toThrow(/number 2 is .* cannot hold/);
    expect(decodeNumbers(format, encodeNumbers(format, [Number.NaN, 1], "saturate"), 2)[0]).toBeNaN();
    expect(encodeNumbers(format, [greatest, -greatest, Number.NaN], "raise")).toHaveLength((3 * bits) / 8);
  });
});

test("float32 keeps every bit, and clamps infinities only when told to", () => {
  const values = new Float32Array(Uint32Array.of(1, 0x7fc00123, 0x80000000, 0x7f800000).buffer);
  expect(bitsOf(decodeNumbers("float32", encodeNumbers("float32", values), 4))[3]).toBe(0x7f800000);
  expect(new Uint32Array(encodeNumbers("float32", values).buffer)).toEqual(new Uint32Array(values.buffer));
  expect(decodeNumbers("float32", encodeNumbers("float32", values, "saturate"), 4)[3]).toBe(
    numberFormats.float32.greatest,
  );
  expect(() => encodeNumbers("float32", [1e39], "raise")).toThrow(/number 0/);
});

describe.each(["int32", "int8", "uint8", "int4"] as const)("%s", (format: IntegerFormat) => {
  const { least, greatest } = numberFormats[format];

  test("holds its whole range, saturates beyond it and rounds ties to even", () => {
    const whole = Array.from({ length: 256 }, (_, index) => Math.min(greatest, least + index));
    expect(Array.from(decodeNumbers(format, encodeNumbers(format, whole), 256))).toEqual(whole);
    const values = [0.5, 1.5, 2.5, 2.4999, 3.5, least - 0.5, least - 1, greatest + 0.4, greatest + 1, 1e300, -1e300];
    const rounded = [0, 2, 2, 2, 4, least, least, greatest, greatest, greatest, least];
    expect(Array.from(decodeNumbers(format, encodeNumbers(format, values), values.length))).toEqual(rounded);
  });

  test("refuses a NaN always, what does not fit under raise, and a policy with infinities", () => {
    const out = new Uint8Array(16).fill(9);
    expect(() => encodeNumbers(format, [1, Number.NaN], "saturate", out)).toThrow(/number 1 is NaN/);
    expect(() => encodeNumbers(format, [1, 2, greatest + 0.6], "raise", out)).toThrow(/number 2/);
    expect(() => encodeNumbers(format, [1], "ieee", out)).toThrow(/no infinity/);
    expect(out).toEqual(new Uint8Array(16).fill(9));
    expect(encodeNumbers(format, [least, greatest + 0.4], "raise", out)).toBe(out);
  });
});

test("the kernel and plain TypeScript give the same bits, over the borders of blocks too", () => {
  const words = Uint32Array.from({ length: 20_003 }, (_, index) => Math.imul(index, 0x9e3779b1));
  const floats = new Float32Array(words.buffer);
  for (const { format, bits } of floatDefinitions) {
    for (const saturates of [false, true]) {
      const [fast, plain] = [0, 0].map(() => new Uint8Array((floats.length * bits) / 8));
      if (fast === undefined || plain === undefined) throw new Error("unreachable");
      encodeFloats(format, floats, saturates, fast);
      encodeFloats(format, floats, saturates, plain, "plain");
      expect(fast).toEqual(plain);
    }
  }
  const numbers = floats.map((value, index) => (Number.isNaN(value) ? index / 64 : value / 2 ** (index % 100)));
  for (const format of ["int32", "int8", "uint8", "int4"] as const) {
    const [fast, plain] = [0, 0].map(() => new Uint8Array(bytesFor(format, numbers.length)));
    if (fast === undefined || plain === undefined) throw new Error("unreachable");
    expect([encodeIntegers(format, numbers, fast), encodeIntegers(format, numbers, plain, "plain")]).toEqual([
      true,
      true,
    ]);
    expect(fast).toEqual(plain);
    expect(encodeIntegers(format, floats, fast)).toBe(false);
    expect(encodeIntegers(format, floats, plain, "plain")).toBe(false);
  }
});

test("packs int4 two to a byte, the first in the low half", () => {
  expect(Array.from(encodeNumbers("int4", [1, -2, 7]))).toEqual([0xe1, 0x07]);
  expect(Array.from(decodeNumbers("int4", Uint8Array.of(0xe1, 0xf7), 3))).toEqual([1, -2, 7]);
  expect([bytesFor("int4", 3), bytesFor("float16", 3), matrixBytes("int4", 5, 3)]).toEqual([2, 6, 10]);
});

test("reads and writes at odd places in a buffer", () => {
  const store = new Uint8Array(9);
  encodeNumbers("bfloat16", [1, -2, 3], "ieee", store.subarray(1));
  expect(Array.from(decodeNumbers("bfloat16", store.subarray(1), 3))).toEqual([1, -2, 3]);
});

test("keeps codes and names in step, and names what it does not know", () => {
  expect(numberFormatNames.map((name) => numberFormats[name].code)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  for (const name of numberFormatNames) expect(isFloatFormat(name)).toBe(name.includes("float"));
  const unknown: unknown = JSON.parse('"float8"');
  const attempt = (): unknown => Reflect.apply(encodeNumbers, undefined, [unknown, [1]]);
  expect(attempt).toThrow(KpuError);
  expect(attempt).toThrow(/the nearest is/);
  expect(() => decodeNumbers("int8", new Uint8Array(2), 3)).toThrow(/only 2/);
});
