import { canonicalizeNans } from "../float32.ts";
import { exp, expm1, log1p, normalTail } from "./double-functions.ts";

/** Activation functions; the place in this list is the number in Python and on the wire. */
export const activations = ["none", "relu", "gelu", "sigmoid", "tanh", "silu", "softplus", "leaky_relu"] as const;
export type Activation = (typeof activations)[number];

/** Slope of the leaky ReLU below 0 where none is given. */
export const defaultSlope = 0.01;

type FloatFunction = (x: number) => number;

// Each takes a float32 and gives a double, which rounds to the nearest float32 of the true value (double-functions.ts).

function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

function tanh(x: number): number {
  const a = x < 0 ? -x : x;
  // From 9.02 on the nearest float32 is 1.
  if (a >= 10) return x < 0 ? -1 : 1;
  if (a === 0) return x;
  const e = expm1(2 * a);
  const value = e / (e + 2);
  return x < 0 ? -value : value;
}

/** x times the probability that a standard normal variable is below x: the form with erf. */
function gelu(x: number): number {
  if (x < -14.8) return -0;
  if (x > 14.8) return x;
  if (x < tiny && x > -tiny) return aboveHalf(x);
  return x < 0 ? x * normalTail(-x) : x * (1 - normalTail(x));
}

/** x sigmoid(x); 0 in the limit of minus infinity. */
function silu(x: number): number {
  if (x < tiny && x > -tiny) return aboveHalf(x);
  return x < -115 ? -0 : x * sigmoid(x);
}

/** Arguments whose gelu and silu differ from their halves by less than a double shows. */
const tiny = 2 ** -60;

/** A little more than half of x, as gelu and silu are: the half of a subnormal number may lie midway between two float32. */
function aboveHalf(x: number): number {
  return x === 0 ? x : 0.5 * x + Math.abs(x) * 2 ** -53;
}

/** ln(1 + e^x). */
function softplus(x: number): number {
  return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

function relu(x: number): number {
  return x <= 0 ? 0 : x;
}

function identity(x: number): number {
  return x;
}

const plainFunctions: Readonly<Record<Exclude<Activation, "leaky_relu">, FloatFunction>> = {
  none: identity,
  relu,
  gelu,
  sigmoid,
  tanh,
  silu,
  softplus,
};

/** The function itself, float32 in and float32 out. `slope` is that of the leaky ReLU, a float32. */
export function activationFunction(activation: Activation, slope: number = defaultSlope): FloatFunction {
  const factor = Math.fround(slope);
  if (activation === "leaky_relu") return (x) => (x < 0 ? Math.fround(x * factor) : x);
  const plain = plainFunctions[activation];
  return (x) => Math.fround(plain(x));
}

/** Replaces every value by its activation. A NaN stays one, with the canonical bits. */
export function applyActivation(values: Float32Array, activation: Activation, slope: number): void {
  switch (activation) {
    case "none":
      break;
    case "relu":
      for (let index = 0; index < values.length; index++) values[index] = relu(values[index] ?? 0);
      break;
    case "gelu":
      for (let index = 0; index < values.length; index++) values[index] = gelu(values[index] ?? 0);
      break;
    case "sigmoid":
      for (let index = 0; index < values.length; index++) values[index] = sigmoid(values[index] ?? 0);
      break;
    case "tanh":
      for (let index = 0; index < values.length; index++) values[index] = tanh(values[index] ?? 0);
      break;
    case "silu":
      for (let index = 0; index < values.length; index++) values[index] = silu(values[index] ?? 0);
      break;
    case "softplus":
      for (let index = 0; index < values.length; index++) values[index] = softplus(values[index] ?? 0);
      break;
    case "leaky_relu": {
      const factor = Math.fround(slope);
      for (let index = 0; index < values.length; index++) {
        const x = values[index] ?? 0;
        if (x < 0) values[index] = x * factor;
      }
      break;
    }
  }
  canonicalizeNans(values);
}

/** e^x, float32 in and out. */
export function exponential(x: number): number {
  return Math.fround(exp(x));
}

/** 1 / sqrt(x), float32 in and out. */
export function reciprocalSquareRoot(x: number): number {
  return Math.fround(1 / Math.sqrt(x));
}
