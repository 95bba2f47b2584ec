import fc from "fast-check";
import { expect, test } from "vitest";
import { Machine } from "../../src/index.ts";
import { fuzzParameters } from "../random/runs.ts";

type Sizes = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly width: number;
  readonly total: number;
  readonly ahead: number;
  readonly withNorm: boolean;
};

/** Many products that end in the vector unit, with a norm of each result behind it; issued as earlier ones complete. */
function run({ m, n, k, width, total, ahead, withNorm }: Sizes, isWatched: boolean): unknown {
  const machine = new Machine({
    timingOnly: true,
    computeTiles: { rows: 4, cols: 4 },
    vectorUnits: { width },
  });
  if (isWatched) machine.startTrace({ mostEvents: 1 });
  const epilogue = { bias: 8192, activation: "relu" as const };
  const prepared = machine.tile(0).prepare({ scratchpad: 0, m, n, k, epilogue });
  let [issued, calls] = [0, 0];
  const issue = (): void => {
    if (issued === total) return;
    issued++;
    prepared.issue(0, 1024, 2048, onComplete);
    if (withNorm) machine.vector(0).layerNorm({ scratchpad: 0, rows: m, cols: n, source: 2048, destination: 4096 });
  };
  const onComplete = (): void => {
    calls++;
    issue();
    steady.jump();
  };
  const steady = machine.steadyState(
    {
      get counters() {
        return [issued];
      },
      describe: () => undefined,
      repetitions: ([since = 0]) => Math.floor((total - issued) / (issued - since)),
      skip: ([count = 0]) => {
        issued += count;
      },
    },
    onComplete,
  );
  for (let count = 0; count < ahead; count++) issue();
  machine.runUntilIdle();
  expect(calls).toSatisfy((count: number) => (isWatched ? count === total : count < total / 2));
  return { cycle: machine.cycle, statistics: machine.statistics() };
}

test("repetitions of vector work are jumped over with the same result", () => {
  const size = fc.integer({ min: 1, max: 9 });
  const sizes = fc.record({
    m: size,
    n: size,
    k: size,
    width: fc.integer({ min: 1, max: 8 }),
    total: fc.integer({ min: 200, max: 300 }),
    ahead: fc.integer({ min: 1, max: 5 }),
    withNorm: fc.boolean(),
  });
  fc.assert(
    fc.property(sizes, (each) => {
      expect(run(each, false)).toEqual(run(each, true));
    }),
    fuzzParameters(40),
  );
});
