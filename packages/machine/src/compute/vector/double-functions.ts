/**
 * Elementary functions in double precision out of + - * / alone, which every JavaScript engine rounds alike (Math.exp and its
 * like differ between engines). Relative errors are below 2e-15 in the ranges stated, so that their float32 roundings are the
 * nearest ones but for values that lie within as much of the middle between two (functions.test.ts measures it).
 */

// ln 2 in two parts: the first has 21 trailing zeros, so that its products with whole numbers up to 2^20 are exact.
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
const ln2 = Math.LN2;
const log2e = Math.LOG2E;

const leastExponent = -170;
const mostExponent = 130;
const powersOfTwo = new Float64Array(mostExponent - leastExponent + 1);
for (let exponent = 0, up = 1, down = 1; exponent <= -leastExponent; exponent++, up *= 2, down /= 2) {
  if (exponent <= mostExponent) powersOfTwo[exponent - leastExponent] = up;
  powersOfTwo[-exponent - leastExponent] = down;
}

/** (e^r - 1) / r for |r| up to ln 2 / 2: the Taylor series; what is left out is below 5e-18. */
function reducedExpm1(r: number): number {
  let sum = 1 / 87178291200;
  sum = sum * r + 1 / 6227020800;
  sum = sum * r + 1 / 479001600;
  sum = sum * r + 1 / 39916800;
  sum = sum * r + 1 / 3628800;
  sum = sum * r + 1 / 362880;
  sum = sum * r + 1 / 40320;
  sum = sum * r + 1 / 5040;
  sum = sum * r + 1 / 720;
  sum = sum * r + 1 / 120;
  sum = sum * r + 1 / 24;
  sum = sum * r + 1 / 6;
  sum = sum * r + 1 / 2;
  return sum * r + 1;
}

/** e^x for float32 results: 0 below -115 and infinity above 90, beyond what float32 holds. */
export function exp(x: number): number {
  if (x < -115) return 0;
  if (x > 90) return Number.POSITIVE_INFINITY;
  const exponent = Math.floor(x * log2e + 0.5);
  const r = x - exponent * ln2High - exponent * ln2Low;
  return (r * reducedExpm1(r) + 1) * (powersOfTwo[exponent - leastExponent] ?? Number.NaN);
}

/** e^x - 1 for x from 0 to 90, with a small relative error near 0 too. */
export function expm1(x: number): number {
  const exponent = Math.floor(x * log2e + 0.5);
  const r = x - exponent * ln2High - exponent * ln2Low;
  const scale = powersOfTwo[exponent - leastExponent] ?? Number.NaN;
  return scale * (r * reducedExpm1(r)) + (scale - 1);
}

/**
 * ln(1 + y) for y from 0 to 1: 2 artanh(y / (2 + y)), around 2 instead of 1 where that is nearer. The series has s up to 0.172; what
 * is left out is below 1e-18.
 */
export function log1p(y: number): number {
  if (y <= 0.41421356237309503) return artanhTwice(y / (2 + y));
  return ln2 + artanhTwice((y - 1) / (y + 3));
}

function artanhTwice(s: number): number {
  const square = s * s;
  let sum = 1 / 23;
  sum = sum * square + 1 / 21;
  sum = sum * square + 1 / 19;
  sum = sum * square + 1 / 17;
  sum = sum * square + 1 / 15;
  sum = sum * square + 1 / 13;
  sum = sum * square + 1 / 11;
  sum = sum * square + 1 / 9;
  sum = sum * square + 1 / 7;
  sum = sum * square + 1 / 5;
  sum = sum * square + 1 / 3;
  return 2 * (s + s * square * sum);
}

const sqrtHalf = Math.sqrt(0.5);

/**
 * Probability that a standard normal variable is below -a, a from 0 to 14.8: half of erfc(a / sqrt 2). With z = a / sqrt 2,
 * (1 + 2z) exp(z^2) erfc(z) is smooth; the idea of expanding it in (z - 4) / (z + 4) is from M. M. Shepherd and J. G. Laframboise,
 * "Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x) in 0 <= x < infinity", Math. Comp. 36 (1981). The coefficients are our own: the
 * Chebyshev interpolation of degree 20 for z up to 10.5 from values with 60 digits, as a polynomial in t, |t| <= 1.
 * `a` has 24 bits, so that its square is exact.
 */
export function normalTail(a: number): number {
  const z = a * sqrtHalf;
  const t = (8 + 29 * ((z - 4) / (z + 4))) / 21;
  let sum = 5.0899113541211045e-11;
  sum = sum * t - 1.931419172798997e-11;
  sum = sum * t - 1.0109859143271818e-9;
  sum = sum * t + 6.227072905707975e-10;
  sum = sum * t + 1.5773171091035385e-8;
  sum = sum * t - 2.2455967641382455e-8;
  sum = sum * t - 2.3105975069416793e-7;
  sum = sum * t + 7.541545443738507e-7;
  sum = sum * t + 2.4329835969329975e-6;
  sum = sum * t - 2.062398646582317e-5;
  sum = sum * t + 2.61840431270164e-5;
  sum = sum * t + 3.032719291120263e-4;
  sum = sum * t - 2.278291049433106e-3;
  sum = sum * t + 9.190814496829383e-3;
  sum = sum * t - 2.627084568278826e-2;
  sum = sum * t + 5.692363588491607e-2;
  sum = sum * t - 9.376186809547803e-2;
  sum = sum * t + 1.0933939628214139e-1;
  sum = sum * t - 5.978938696739555e-2;
  sum = sum * t - 8.73263296962976e-2;
  sum = sum * t + 1.2704828882272428;
  return (0.5 * exp(-0.5 * a * a) * sum) / (1 + 2 * z);
}
