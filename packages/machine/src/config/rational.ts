/**
 * Exact widths. A configured number means its shortest decimal text (0.9 is 9/10), so that bytes per cycle are
 * exact rationals and no result depends on binary fractions. BigInt is used here only, while a machine is built.
 */
export type Rational = { readonly numerator: bigint; readonly denominator: bigint };

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

export function leastCommonMultiple(a: bigint, b: bigint): bigint {
  return (a / greatestCommonDivisor(a, b)) * b;
}

function reduced(numerator: bigint, denominator: bigint): Rational {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** The value of the shortest decimal text of a positive finite number; `1e-7` and `2.5e+21` included. */
export function rationalOf(value: number): Rational {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  if (match === null || value === 0) throw new RangeError(`not a positive finite number: ${value}`);
  const [, whole = "", fraction = "", exponentText = "0"] = match;
  const exponent = Number(exponentText) - fraction.length;
  const digits = BigInt(whole + fraction);
  return exponent >= 0 ? reduced(digits * 10n ** BigInt(exponent), 1n) : reduced(digits, 10n ** BigInt(-exponent));
}

export function divide(a: Rational, b: Rational): Rational {
  return reduced(a.numerator * b.denominator, a.denominator * b.numerator);
}

export function leastCommonDenominator(values: readonly Rational[]): bigint {
  let common = 1n;
  for (const { denominator } of values) {
    common = leastCommonMultiple(common, denominator);
  }
  return common;
}
