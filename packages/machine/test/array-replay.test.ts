import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ArrayReplay,
  type ArraySnapshot,
  Machine,
  matrixBytes,
  type NumberFormat,
  peMultiplyAccumulates,
  peState,
  SteppedArray,
} from "../src/index.ts";
import { randomProduct } from "./systolic-shapes.ts";

const places = { a: 0, b: 8192, c: 16384 };

function replayOf(machine: Machine): ArrayReplay {
  const replay = machine.tile(0).replayProduct();
  if (replay === undefined) throw new Error("nothing to replay");
  return replay;
}

/** The snapshot that a stepped array gives by itself: registers read one by one, activity compared with that of a cycle before. */
function expected(array: SteppedArray, before: Uint32Array): Pick<ArraySnapshot, "right" | "down" | "sum" | "state"> {
  const { rows, cols, activeCycles } = array;
  const all = Array.from({ length: rows * cols }, (_, place) =>
    array.registers(Math.floor(place / cols), place % cols),
  );
  return {
    right: Uint32Array.from(all, ({ right }) => right.bits),
    down: Uint32Array.from(all, ({ down }) => down.bits),
    sum: Uint32Array.from(all, ({ sum }) => sum.bits),
    state: Uint8Array.from(
      all,
      ({ right, down, sum }, place) =>
        (right.valid ? peState.right : 0) +
        (down.valid ? peState.down : 0) +
        (sum.valid ? peState.sum : 0) +
        (activeCycles[place] === before[place] ? 0 : peState.multiplied),
    ),
  };
}

describe("a product that is replayed", () => {
  test("has the registers of a stepped array with the operands of memory, at every cycle and in any order", () => {
    fc.assert(
      fc.property(randomProduct, fc.array(fc.nat(400), { maxLength: 6 }), ({ shape, m, n, k, a, b, start }, looks) => {
        const machine = new Machine({ computeTiles: shape });
        const scratchpad = machine.scratchpad(0);
        scratchpad.writeFloat32(places.a, a);
        scratchpad.writeFloat32(places.b, b);
        if (start !== undefined) scratchpad.writeFloat32(places.c, start);
        machine.tile(0).matmul({ scratchpad: 0, m, n, k, ...places, accumulate: start !== undefined });
        const replay = replayOf(machine);
        expect(replay.hasValues).toBe(true);
        for (const look of looks) {
          const at = Math.min(look, replay.cycles);
          const array = new SteppedArray(shape, { m, n, k, a, b, start });
          array.stepMany(Math.max(at - 1, 0));
          const before = array.activeCycles;
          if (at > 0) array.step();
          expect(replay.snapshotAt(look)).toMatchObject({ cycle: at, ...expected(array, before) });
        }
        // What became of the product is what it would have become.
        machine.runUntilIdle();
        expect(machine.cycle).toBe(replay.cycles);
        const whole = new SteppedArray(shape, { m, n, k, a, b, start });
        whole.run();
        expect(scratchpad.readFloat32(places.c, m * n)).toEqual(whole.result);
        replay.stepTo(replay.cycles);
        expect(replay.activity()).toEqual(machine.tile(0).peActivity());
      }),
      { numRuns: 150 },
    );
  });

  test.each(["bfloat16", "float8_e4m3", "int8", "int4", "uint8"] satisfies NumberFormat[])(
    "passes words of %s through the array, and sums them up as the machine does",
    (format) => {
      const [m, n, k] = [4, 3, 11];
      const machine = new Machine({ computeTiles: { rows: 4, cols: 3 } });
      const scratchpad = machine.scratchpad(0);
      const bytes = Uint8Array.from({ length: 256 }, (_, place) => (place * 37) % 61);
      scratchpad.write(places.a, bytes.subarray(0, matrixBytes(format, m, k)));
      scratchpad.write(places.b, bytes.subarray(100, 100 + matrixBytes(format, k, n)));
      machine.tile(0).matmul({ scratchpad: 0, m, n, k, ...places, format });
      const { sum } = replayOf(machine).snapshotAt(Number.MAX_SAFE_INTEGER);
      machine.runUntilIdle();
      expect(new Uint8Array(sum.buffer)).toEqual(scratchpad.read(places.c, 4 * m * n));
    },
  );

  test("while it runs has activity but no values, and so on a machine for times only", () => {
    for (const timingOnly of [false, true]) {
      const machine = new Machine({ timingOnly, computeTiles: { rows: 4, cols: 3, dataflow: "weight_stationary" } });
      machine.tile(0).matmul({ scratchpad: 0, m: 5, n: 6, k: 7, ...places });
      if (timingOnly) expect(replayOf(machine).hasValues).toBe(false);
      machine.runFor(9);
      const replay = replayOf(machine);
      expect([replay.hasValues, replay.product.startCycle]).toEqual([false, 0]);
      replay.stepTo(9);
      const some = replay.activity().reduce((sum, count) => sum + count, 0);
      expect(some).toBeGreaterThan(0);
      replay.stepTo(replay.cycles);
      const { rows, cols, dataflow } = replay;
      expect(replay.activity()).toEqual(
        peMultiplyAccumulates({ rows, cols, dataflow, systolic: true }, replay.product.words),
      );
    }
  });

  test("is none where a tile has nothing to do, or is a scalar unit", () => {
    expect(new Machine().tile(1).replayProduct()).toBeUndefined();
    const machine = new Machine({ computeTiles: { systolic: false } });
    machine.tile(0).matmul({ scratchpad: 0, m: 1, n: 1, k: 1, ...places });
    expect(machine.tile(0).replayProduct()).toBeUndefined();
  });

  test("after a rewind to the cycle in which it began is the one of then", () => {
    const machine = new Machine({ computeTiles: { rows: 2, cols: 2 } });
    machine.startHistory();
    const scratchpad = machine.scratchpad(0);
    const second = (): void => {
      scratchpad.writeFloat32(places.a, [3]);
      machine.tile(0).matmul({ scratchpad: 0, m: 1, n: 1, k: 1, ...places });
    };
    scratchpad.writeFloat32(places.a, [2]);
    scratchpad.writeFloat32(places.b, [10]);
    machine.tile(0).matmul({ scratchpad: 0, m: 1, n: 1, k: 1, ...places, onComplete: second });
    machine.runUntilIdle();
    for (const [begin, value] of [
      [machine.cycle / 2, 30],
      [0, 20],
    ] as const) {
      machine.rewindTo(begin);
      const { sum } = replayOf(machine).snapshotAt(1);
      expect(new Float32Array(sum.buffer)[0]).toBe(value);
    }
  });
});
