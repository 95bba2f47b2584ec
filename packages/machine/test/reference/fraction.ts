/** An exact fraction in lowest terms with a positive denominator. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

export function leastCommonMultiple(a: bigint, b: bigint): bigint {
  return (a / greatestCommonDivisor(a, b)) * b;
}

function inLowestTerms(numerator: bigint, denominator: bigint): Fraction {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** Rule 3: a configured number means its shortest decimal text, which is what String gives (0.9 is 9/10, 1e-7 is 1/10^7). */
export function fractionOf(value: number): Fraction {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new Error(`${value} is not a positive number`);
  }
  const [mantissa = "", exponentText = "0"] = String(value).split("e");
  const [whole = "", decimals = ""] = mantissa.split(".");
  const digits = BigInt(whole + decimals);
  const exponent = Number(exponentText) - decimals.length;
  return exponent >= 0
    ? inLowestTerms(digits * 10n ** BigInt(exponent), 1n)
    : inLowestTerms(digits, 10n ** BigInt(-exponent));
}

export function divide(dividend: Fraction, divisor: Fraction): Fraction {
  return inLowestTerms(dividend.numerator * divisor.denominator, dividend.denominator * divisor.numerator);
}
