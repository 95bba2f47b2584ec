import { describe, expect, it } from "vitest";
import { FunctionTable, needsTable } from "../../src/compute/vector/function-table.ts";
import {
  activationFunction,
  activations,
  applyActivation,
  exponential,
  reciprocalSquareRoot,
} from "../../src/compute/vector/functions.ts";
import { errorInUlps, fixed, trueFunctions } from "./high-precision.ts";

const float32 = new Float32Array(1);
const bits = new Uint32Array(float32.buffer);

function fromBits(pattern: number): number {
  bits[0] = pattern;
  return float32[0] ?? 0;
}

/** Float32 values of both signs, evenly spread over their bit patterns from 2^-60 to `most`, and some evenly spread ones. */
function samples(most: number, count: number): readonly number[] {
  bits[0] = 0;
  float32[0] = most;
  const last = bits[0] ?? 0;
  float32[0] = 2 ** -60;
  const first = bits[0] ?? 0;
  const byPattern = Array.from({ length: count }, (_, index) =>
    fromBits(Math.floor(first + ((last - first) * index) / (count - 1))),
  );
  const even = Array.from({ length: count }, (_, index) => Math.fround((most * (index + 0.37)) / count));
  return [...byPattern, ...even].flatMap((x) => [x, -x]);
}

type Measured = keyof typeof trueFunctions;
const machineFunctions: Readonly<Record<Measured, (x: number) => number>> = {
  gelu: activationFunction("gelu"),
  sigmoid: activationFunction("sigmoid"),
  tanh: activationFunction("tanh"),
  silu: activationFunction("silu"),
  softplus: activationFunction("softplus"),
  exp: exponential,
};

function largestError(name: Measured, inputs: readonly number[]): number {
  const errors = inputs.map((x) => Math.abs(errorInUlps(machineFunctions[name](x), trueFunctions[name](fixed(x)))));
  return errors.reduce((most, error) => Math.max(most, error), 0);
}

describe("activation functions", () => {
  it.each<[Measured, number]>([
    ["gelu", 14.5],
    ["sigmoid", 90],
    ["tanh", 12],
    ["silu", 90],
    ["softplus", 90],
    ["exp", 88],
  ])(
    "%s is the nearest float32 to the true value",
    (name, most) => {
      // Half a unit, and what separates the double before rounding from the true value: 2e-15 of 2^24 units.
      expect(largestError(name, samples(most, 250))).toBeLessThan(0.5 + 1e-6);
    },
    60_000,
  );

  it("treats what is no ordinary number as the functions' limits", () => {
    const infinity = Number.POSITIVE_INFINITY;
    const limits = Object.fromEntries(
      activations.map((name) => {
        const f = activationFunction(name);
        return [name, [f(infinity), f(-infinity), f(0), f(-0)]];
      }),
    );
    expect(limits).toEqual({
      none: [infinity, -infinity, 0, -0],
      relu: [infinity, 0, 0, 0],
      gelu: [infinity, -0, 0, -0],
      sigmoid: [1, 0, 0.5, 0.5],
      tanh: [1, -1, 0, -0],
      silu: [infinity, -0, 0, -0],
      softplus: [infinity, 0, Math.fround(Math.LN2), Math.fround(Math.LN2)],
      leaky_relu: [infinity, -infinity, 0, -0],
    });
    expect([exponential(infinity), exponential(-infinity), exponential(0), exponential(-0)]).toEqual([
      infinity,
      0,
      1,
      1,
    ]);
    expect([reciprocalSquareRoot(0), reciprocalSquareRoot(infinity), reciprocalSquareRoot(4)]).toEqual([
      infinity,
      0,
      0.5,
    ]);
    expect(reciprocalSquareRoot(-1)).toBeNaN();
  });

  it("gives every NaN the canonical bits, whole arrays too", () => {
    for (const name of activations) {
      const values = Float32Array.of(1, 0, -1);
      new Uint32Array(values.buffer)[1] = 0xffc0_1234;
      applyActivation(values, name, 0.01);
      expect(new Uint32Array(values.buffer)[1], name).toBe(0x7fc0_0000);
    }
  });

  it("keeps subnormal numbers", () => {
    const least = 2 ** -149;
    expect([activationFunction("tanh")(least), activationFunction("tanh")(-least)]).toEqual([least, -least]);
    expect(activationFunction("silu")(4 * least)).toBe(2 * least);
    expect(activationFunction("gelu")(-4 * least)).toBe(-2 * least);
    // Midway but for x squared, which is positive.
    for (const name of ["gelu", "silu"] as const) {
      expect([5 * least, -5 * least, least, -least].map(activationFunction(name))).toEqual([
        3 * least,
        -2 * least,
        least,
        -0,
      ]);
    }
    expect(activationFunction("relu")(least)).toBe(least);
    expect(activationFunction("leaky_relu", 0.25)(-8 * least)).toBe(-2 * least);
    // e^-103 is a subnormal number; -104 is the first whole number whose exponential is nearer to 0.
    expect(exponential(-103)).toBe(2 ** -149);
    expect(exponential(-104)).toBe(0);
  });

  it("treats arrays like single values", () => {
    const inputs = Float32Array.from(samples(20, 50));
    for (const name of activations) {
      const values = inputs.slice();
      applyActivation(values, name, 0.125);
      expect(values, name).toEqual(inputs.map(activationFunction(name, 0.125)));
    }
  });
});

/** Largest absolute errors from -8 to 8, as docs/vector-unit.md has them, rounded up. */
const tableErrors: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  gelu: { 128: 0.0016, 256: 0.0004, 512: 9.9e-5 },
  sigmoid: { 128: 0.0002, 256: 5e-5, 512: 1.2e-5 },
  tanh: { 128: 0.0016, 256: 0.00039, 512: 9.6e-5 },
  silu: { 128: 0.001, 256: 0.00025, 512: 6.3e-5 },
  softplus: { 128: 0.00051, 256: 0.00013, 512: 3.2e-5 },
};

describe("function tables", () => {
  it.each(Object.keys(tableErrors))("%s is as near as documented", (each) => {
    const name = activations.find((candidate) => candidate === each) ?? "none";
    const exact = activationFunction(name);
    for (const size of [128, 256, 512]) {
      const inputs = Float32Array.from({ length: 40_001 }, (_, index) => -8 + index / 2500);
      const values = inputs.slice();
      new FunctionTable(name, size, 8).apply(values);
      const error = values.reduce(
        (most, value, index) => Math.max(most, Math.abs(value - exact(inputs[index] ?? 0))),
        0,
      );
      const stated = tableErrors[name]?.[size] ?? 0;
      expect(error, `${size} entries`).toBeLessThanOrEqual(stated);
      expect(error, `${size} entries`).toBeGreaterThan(0.9 * stated);
    }
  });

  it("is the entry at the end beyond its range, exact at its entries, and a NaN for a NaN", () => {
    const values = Float32Array.of(-100, -4, -4 + 8 / 15, 4, Number.POSITIVE_INFINITY, Number.NaN);
    new FunctionTable("sigmoid", 16, 4).apply(values);
    const exact = activationFunction("sigmoid");
    expect([...values]).toEqual([
      exact(-4),
      exact(-4),
      expect.closeTo(exact(-4 + 8 / 15), 6),
      exact(4),
      exact(4),
      Number.NaN,
    ]);
  });

  it("is not used where the function is exact without", () => {
    expect(activations.filter((each) => !needsTable(each))).toEqual(["none", "relu", "leaky_relu"]);
  });
});
