import { describe, expect, it } from "vitest";
import { activationFunction, Machine, matrixProduct } from "../../src/index.ts";
import { implementations } from "../implementations.ts";
import type { MachineUnderTest } from "../machine-under-test.ts";

const size = 16;
const [a, b, bias, c] = [0, 1024, 2048, 4096];
const square = { scratchpad: 0, m: size, n: size, k: size, a, b };
const gelu = { bias, activation: "gelu" as const };

function operand(count: number, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, index) => (((index + seed) * 7919) % 1013) / 607 - 0.8);
}

const [valuesOfA, valuesOfB, valuesOfBias] = [operand(256, 1), operand(256, 2), operand(16, 3)];

function fill(machine: MachineUnderTest): void {
  const pad = machine.scratchpad(0);
  pad.write(a, new Uint8Array(valuesOfA.buffer));
  pad.write(b, new Uint8Array(valuesOfB.buffer));
  pad.write(bias, new Uint8Array(valuesOfBias.buffer));
}

function floatsAt(machine: MachineUnderTest, offset: number, count: number): Float32Array {
  return new Float32Array(
    machine
      .scratchpad(0)
      .read(offset, 4 * count)
      .slice().buffer,
  );
}

/** gelu(start + A B + bias), by the functions that stand alone. */
function expected(start?: Float32Array): Float32Array {
  const f = activationFunction("gelu");
  return matrixProduct(valuesOfA, valuesOfB, size, size, size, start).map((sum, index) =>
    f(Math.fround(sum + (valuesOfBias[index % size] ?? 0))),
  );
}

describe.each(implementations)("products of $name that end in the vector unit", ({ create }) => {
  it("write C once, when the vector unit is done", () => {
    const machine = create();
    fill(machine);
    machine.scratchpad(0).write(c, new Uint8Array(1024).fill(0xaa));
    machine.tile(0).matmul({ ...square, c, epilogue: gelu });
    machine.runUntil(46 + 16 * 2 + 3 - 1);
    expect([machine.tile(0).isBusy, machine.vector(0).isBusy]).toEqual([false, true]);
    expect(machine.scratchpad(0).read(c, 1024)).toEqual(new Uint8Array(1024).fill(0xaa));
    machine.runUntilIdle();
    expect(machine.cycle).toBe(46 + 35);
    expect(floatsAt(machine, c, 256)).toEqual(expected());
  });

  it("accumulate before the bias and the function", () => {
    const machine = create();
    fill(machine);
    const start = operand(256, 4);
    machine.scratchpad(0).write(c, new Uint8Array(start.buffer));
    machine.tile(0).matmul({ ...square, c, accumulate: true, epilogue: gelu });
    machine.runUntilIdle();
    expect(floatsAt(machine, c, 256)).toEqual(expected(start));
  });

  it("scale whole numbers by column, accumulate before, and requantize, in the same cycles", () => {
    const machine = create();
    const pad = machine.scratchpad(0);
    const [scales, whole] = [2048, { format: "int8", resultFormat: "int4", accumulate: true } as const];
    pad.write(a, Uint8Array.of(2, 3));
    pad.write(b, Uint8Array.of(1, 10, 255, 4, 0, 7));
    pad.write(scales, new Uint8Array(Float32Array.of(0.5, 1, -0.25).buffer));
    pad.write(c, new Uint8Array(Int32Array.of(100, -20, 3).buffer));
    const epilogue = { scale: { row: scales }, resultScale: 20, resultZeroPoint: 1 };
    machine.tile(0).matmul({ ...whole, scratchpad: 0, m: 1, n: 3, k: 2, a, b, c, epilogue });
    machine.runUntilIdle();
    // A B is 14, 20, 19; 114 / 2, 0 and 22 / -4, over 20 to nearest, plus 1: 4, 1, 1.
    expect([...pad.read(c, 2)]).toEqual([4 + 16, 1]);
    // One word of operands: 16 + 16 + 1 - 2; then a row, and the pipeline.
    expect(machine.cycle).toBe(31 + 1 + 3);
  });

  it("read a row of scales when the vector unit starts, which hazards see", () => {
    const machine = create();
    const bank = machine.external(0).base;
    machine.tile(0).matmul({ ...square, c, epilogue: { scale: { row: bias } } });
    // Arrives while the sums are being drained, from cycle 46 on.
    machine.runUntil(20);
    machine.dma(0).transfer({ source: bank, destination: machine.scratchpad(0).base + bias, bytes: 64 });
    machine.runUntilIdle();
    expect(machine.hazards.map(({ kind, later }) => [kind, later.unit])).toEqual([["read-after-write", "vector 0"]]);
  });

  it("overlap with the product behind them", () => {
    const machine = create();
    const ends: number[] = [];
    for (const place of [0, 1, 2]) {
      const onComplete = () => ends.push(machine.cycle);
      machine.tile(0).matmul({ ...square, c: c + 1024 * place, epilogue: {}, queued: true, onComplete });
    }
    machine.runUntilIdle();
    // The array needs 46 cycles for each, the vector unit 35 after it.
    expect(ends).toEqual([81, 127, 173]);
    expect(machine.hazards).toEqual([]);
  });

  it("wait for a free set of accumulators where the vector unit is the slower one", () => {
    const machine = create({ vectorUnits: { width: 1 } });
    const ends: number[] = [];
    const [ready, done] = [machine.semaphore("ready", 3), machine.semaphore("done")];
    for (const place of [0, 1, 2]) {
      machine.tile(0).matmul({
        ...square,
        c: c + 1024 * place,
        epilogue: {},
        queued: true,
        waitFor: [ready],
        signal: [done],
        onComplete: () => ends.push(machine.cycle, done.value, ready.value),
      });
    }
    machine.runUntilIdle();
    // 259 cycles for each drain. The third product has its set from 305 on: 351, and is drained from 564 on.
    expect(ends).toEqual([46 + 259, 1, 1, 46 + 2 * 259, 2, 0, 46 + 3 * 259, 3, 0]);
  });

  it("are done before other vector operations that were issued later, and after those issued before", () => {
    const machine = create();
    const ends: string[] = [];
    const note = (what: string) => () => {
      ends.push(`${what} ${machine.cycle}`);
    };
    const row = { scratchpad: 0, rows: 1, cols: 8, source: 8192, destination: 8192 };
    machine.vector(0).softmax({ ...row, onComplete: note("before") });
    machine.tile(0).matmul({ ...square, c, epilogue: {}, onComplete: note("fused") });
    machine.vector(0).softmax({ ...row, onComplete: note("after") });
    machine.runUntilIdle();
    expect(ends).toEqual(["before 12", "fused 81", "after 93"]);
  });
});

describe("a machine with such products", () => {
  it("names the accumulators in the report of a deadlock, and lets a tile begin anew after a reset", () => {
    const machine = new Machine({ vectorUnits: { width: 1 } });
    const never = machine.semaphore("never");
    machine.tile(0).matmul({ ...square, c, epilogue: {}, waitFor: [never] });
    expect(() => machine.runUntilIdle()).toThrow(
      /tile 0 \(work 0\) waits for semaphore 'never' .*vector 0 \(work 1\) waits for semaphore 'full accumulators of tile 0' \(0 of 1 credits of data\)/,
    );
    machine.tile(0).reset();
    fill(machine);
    for (let count = 0; count < 3; count++) machine.tile(0).matmul({ ...square, c, epilogue: gelu, queued: true });
    // One product drained, one waiting with its sums, one without a set.
    machine.runFor(300);
    expect(machine.waiting.map(({ waitsFor }) => waitsFor.map(({ semaphore }) => semaphore))).toEqual([
      ["free accumulators of tile 0"],
    ]);
    machine.tile(0).reset();
    expect(machine.isIdle).toBe(true);
    const start = machine.cycle;
    for (let count = 0; count < 2; count++) machine.tile(0).matmul({ ...square, c, epilogue: gelu, queued: true });
    machine.runUntilIdle();
    expect(machine.cycle - start).toBe(46 + 2 * 259);
    expect(machine.scratchpad(0).readFloat32(c, 256)).toEqual(expected());
  });

  it("steps its arrays with the same values", () => {
    const machine = new Machine({ computeTiles: { arrayModel: "stepped" } });
    fill(machine);
    machine.tile(0).matmul({ ...square, c, epilogue: gelu });
    machine.runUntilIdle();
    expect(machine.scratchpad(0).readFloat32(c, 256)).toEqual(expected());
  });

  it("counts traffic: sums never reach memory", () => {
    const machine = new Machine();
    machine.startTrace();
    machine.tile(0).matmul({ ...square, c, epilogue: gelu });
    machine.runUntilIdle();
    expect(machine.statistics().scratchpad[0]).toMatchObject({ bytesRead: 2 * 1024 + 64, bytesWritten: 1024 });
    expect([...machine.trace].map(({ unit, operation, bytes, end }) => [unit, operation, bytes, end])).toEqual([
      ["tile 0", "product", 2048, 46],
      ["vector 0", "activation", 64 + 1024, 81],
    ]);
  });

  it("refuses a bias that leaves the scratchpad, with nothing queued", () => {
    const machine = new Machine();
    const issue = () => machine.tile(0).matmul({ ...square, c, epilogue: { bias: 65_536 - 60 } });
    expect(issue).toThrow("bias (16 float32, 64 bytes) at offset 0xffc4 leaves scratchpad 0");
    expect(machine.isIdle).toBe(true);
  });

  it("queues a prepared one again and again", () => {
    const machine = new Machine();
    fill(machine);
    const prepared = machine.tile(0).prepare({ scratchpad: 0, m: size, n: size, k: size, epilogue: gelu });
    let completed = 0;
    for (const place of [0, 1, 2, 3]) prepared.issue(a, b, c + 1024 * place, () => completed++);
    machine.runUntilIdle();
    expect([machine.cycle, completed]).toEqual([4 * 46 + 35, 4]);
    for (const place of [0, 1, 2, 3]) {
      expect(machine.scratchpad(0).readFloat32(c + 1024 * place, 256)).toEqual(expected());
    }
  });
});
