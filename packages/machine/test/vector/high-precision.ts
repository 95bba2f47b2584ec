/**
 * The activation functions with 700 bits behind the point, as an independent measure of the machine's: whole numbers in units of
 * 2^-700, and series summed up until their terms vanish.
 */

const fractionBits = 700n;
const one = 1n << fractionBits;

function times(a: bigint, b: bigint): bigint {
  return (a * b) >> fractionBits;
}

function over(a: bigint, b: bigint): bigint {
  return (a << fractionBits) / b;
}

/** A double, exactly; those of float32 have no bits beyond 2^-149. */
export function fixed(x: number): bigint {
  let [mantissa, exponent] = [x, 0n];
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent += 1n;
  }
  return (BigInt(mantissa) << fractionBits) >> exponent;
}

function exp(x: bigint): bigint {
  // A power of two is taken out first, so that the series is short: e^x = (e^(x / 2^k))^(2^k).
  const halvings = 12n;
  const small = x >> halvings;
  let [sum, term] = [one, one];
  for (let n = 1n; term !== 0n && n < 400n; n += 1n) {
    term = times(term, small) / n;
    sum += term;
  }
  for (let n = 0n; n < halvings; n += 1n) sum = times(sum, sum);
  return sum;
}

/** ln of 1 to 2, by its series in (y - 1) / (y + 1). */
function logarithm(y: bigint): bigint {
  const s = over(y - one, y + one);
  const square = times(s, s);
  let [sum, power] = [0n, s];
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = times(power, square);
  }
  return 2n * sum;
}

/** pi by Machin's formula. */
function circleNumber(): bigint {
  const arctangentOfInverse = (q: bigint): bigint => {
    let [sum, power] = [0n, one / q];
    for (let n = 1n; power !== 0n; n += 2n) {
      sum += n % 4n === 1n ? power / n : -power / n;
      power /= q * q;
    }
    return sum;
  };
  return 16n * arctangentOfInverse(5n) - 4n * arctangentOfInverse(239n);
}

function squareRoot(x: bigint): bigint {
  let root = one;
  for (let step = 0; step < 2000; step += 1) {
    const next = (root + over(x, root)) >> 1n;
    if (next === root) break;
    const isSettled = next - root <= 1n && root - next <= 1n;
    root = next;
    if (isSettled) break;
  }
  return root;
}

const rootOfTwoPi = squareRoot(2n * circleNumber());

/** Probability that a standard normal variable is below x: 1/2 + phi(x) (x + x^3/3 + x^5/(3 5) + ...). */
function normal(x: bigint): bigint {
  const square = times(x, x);
  let [sum, term] = [x, x];
  for (let n = 3n; term !== 0n; n += 2n) {
    term = times(term, square) / n;
    sum += term;
  }
  return (one >> 1n) + times(over(exp(-square >> 1n), rootOfTwoPi), sum);
}

/** The true values, in units of 2^-700. */
export const trueFunctions = {
  gelu: (x: bigint): bigint => times(x, normal(x)),
  sigmoid: (x: bigint): bigint => over(one, one + exp(-x)),
  tanh: (x: bigint): bigint => {
    const e = exp(2n * x);
    return over(e - one, e + one);
  },
  silu: (x: bigint): bigint => over(x, one + exp(-x)),
  softplus: (x: bigint): bigint => (x > 0n ? x + logarithm(one + exp(-x)) : logarithm(one + exp(x))),
  exp,
} as const;

/** The difference of a float32 from a true value, in units of the last place of a float32 of that size. */
export function errorInUlps(value: number, exact: bigint): number {
  const magnitude = exact < 0n ? -exact : exact;
  const highestBit = magnitude.toString(2).length - 1 - Number(fractionBits);
  const lastPlace = Math.max(highestBit - 23, -149);
  const difference = fixed(value) - exact;
  // 20 further bits are plenty for a figure that is printed with four digits.
  return Number((difference << 20n) >> (fractionBits + BigInt(lastPlace))) / 2 ** 20;
}
