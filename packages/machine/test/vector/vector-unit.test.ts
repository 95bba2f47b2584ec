import { describe, expect, it } from "vitest";
import { KpuError, Machine } from "../../src/index.ts";
import { implementations } from "../implementations.ts";
import type { MachineUnderTest, VectorUnderTest } from "../machine-under-test.ts";

function floats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function floatsAt(machine: MachineUnderTest, offset: number, count: number): readonly number[] {
  return [
    ...new Float32Array(
      machine
        .scratchpad(0)
        .read(offset, 4 * count)
        .slice().buffer,
    ),
  ];
}

const at = { scratchpad: 0, source: 0, destination: 8192 };

/** Rule V3: passes x (rows x ceil(cols / width) + depth). */
const times: readonly (readonly [string, (unit: VectorUnderTest) => void, number])[] = [
  ["a 64 x 32 activation", (unit) => unit.activation({ ...at, rows: 64, cols: 32, activation: "gelu" }), 256 + 3],
  ["one element", (unit) => unit.activation({ ...at, rows: 1, cols: 1, activation: "tanh" }), 1 + 3],
  ["nine columns", (unit) => unit.reduce({ ...at, rows: 2, cols: 9, reduction: "max" }), 2 * 2 + 3],
  [
    "an elementwise operation",
    (unit) => unit.elementwise({ ...at, rows: 3, cols: 8, operator: "add", operand: { scalar: 1 } }),
    3 + 3,
  ],
  ["a softmax", (unit) => unit.softmax({ ...at, rows: 16, cols: 16 }), 3 * (32 + 3)],
  ["a layernorm", (unit) => unit.layerNorm({ ...at, rows: 16, cols: 16 }), 3 * (32 + 3)],
  ["an rmsnorm", (unit) => unit.rmsNorm({ ...at, rows: 16, cols: 16 }), 2 * (32 + 3)],
];

describe.each(implementations)("vector units of $name", ({ create }) => {
  it.each(times)("take their time: %s", (_, issue, cycles) => {
    const machine = create();
    issue(machine.vector(0));
    machine.runUntilIdle();
    expect(machine.cycle).toBe(cycles);
  });

  it("work in order of issue, beside the array of their tile and each other", () => {
    const machine = create();
    const seen: string[] = [];
    const note = (what: string) => () => {
      seen.push(`${what} ${machine.cycle}`);
    };
    const small = { scratchpad: 0, rows: 1, cols: 8, source: 0 };
    machine.tile(0).matmul({ scratchpad: 1, m: 1, n: 1, k: 1, a: 0, b: 4, c: 8, onComplete: note("product") });
    machine.vector(0).activation({ ...small, destination: 64, onComplete: note("first") });
    machine.vector(0).activation({ ...small, destination: 128, onComplete: note("second") });
    machine.vector(1).softmax({ ...small, destination: 256, onComplete: note("other unit") });
    expect([machine.vector(0).queueLength, machine.vector(1).isBusy]).toEqual([2, true]);
    machine.runUntilIdle();
    expect(seen).toEqual(["first 4", "second 8", "other unit 12", "product 31"]);
    expect(machine.hazards).toEqual([]);
  });

  it("read at the start, write at the end, and conflict like other work", () => {
    const machine = create();
    const pad = machine.scratchpad(0);
    pad.write(0, floats([1, 2, 3]));
    const row = { scratchpad: 0, rows: 1, cols: 3 };
    machine.vector(0).elementwise({ ...row, source: 0, destination: 0, operator: "multiply", operand: { matrix: 0 } });
    machine.vector(1).reduce({ ...row, source: 0, destination: 64, reduction: "sum" });
    machine.step();
    pad.write(0, floats([7, 7, 7]));
    machine.runUntilIdle();
    expect([floatsAt(machine, 0, 3), floatsAt(machine, 64, 1)]).toEqual([[1, 4, 9], [6]]);
    expect(machine.hazards.map(({ kind, earlier, later, bytes }) => [kind, earlier.unit, later.unit, bytes])).toEqual([
      ["read-after-write", "vector 0", "vector 1", 12],
    ]);
  });

  it("wait for credits and give them", () => {
    const machine = create();
    const [ready, done] = [machine.semaphore("ready"), machine.semaphore("done")];
    const [base, far] = [machine.scratchpad(0).base, machine.external(0).base];
    machine.external(0).write(0, floats([-1, 5]));
    machine.dma(0).transfer({ source: far, destination: base, bytes: 8, signal: [ready] });
    const row = { scratchpad: 0, rows: 1, cols: 2, source: 0, destination: 16 };
    machine.vector(0).activation({ ...row, activation: "relu", waitFor: [ready], signal: [done] });
    machine.dma(1).transfer({ source: base + 16, destination: far + 64, bytes: 8, waitFor: [done] });
    machine.runUntilIdle();
    expect(machine.cycle).toBe(135 + 4 + 135);
    expect(new Float32Array(machine.external(0).read(64, 8).slice().buffer)).toEqual(Float32Array.of(0, 5));
    expect(machine.hazards).toEqual([]);
  });

  it("tell a row from a column as other operand of a square matrix", () => {
    const machine = create();
    machine.scratchpad(0).write(0, floats([1, 2, 3, 4, 10, 20]));
    const square = { scratchpad: 0, rows: 2, cols: 2, source: 0, operator: "add" as const };
    machine.vector(0).elementwise({ ...square, destination: 64, operand: { row: 16 } });
    machine.vector(0).elementwise({ ...square, destination: 128, operand: { column: 16 } });
    machine.runUntilIdle();
    expect(floatsAt(machine, 64, 4)).toEqual([11, 22, 13, 24]);
    expect(floatsAt(machine, 128, 4)).toEqual([11, 12, 23, 24]);
  });
});

describe("a machine with vector units", () => {
  const row = { scratchpad: 0, rows: 1, cols: 4, source: 0, destination: 64 };

  it("counts what they do, traces it, and reports it only where they are used", () => {
    const machine = new Machine();
    expect(machine.statisticsText() + machine.componentStatusText()).not.toContain("Vector");
    machine.startTrace();
    machine.vector(1).layerNorm({ ...row, gamma: 16, beta: 32 });
    machine.runUntilIdle();
    machine.runUntil(24);
    expect(machine.statistics().vector[1]).toEqual({
      operationsCompleted: 1,
      elementsProcessed: 12,
      queueLength: 0,
      busyCycles: 12,
      utilization: 0.5,
      laneEfficiency: 12 / (8 * 24),
      waitingForDataCycles: 0,
      waitingForSpaceCycles: 0,
      idleCycles: 12,
    });
    expect(machine.statistics().scratchpad[0]).toMatchObject({ bytesRead: 48, bytesWritten: 16, portBytes: 0 });
    expect([...machine.trace]).toMatchObject([
      { unit: "vector 1", operation: "layer-norm", bytes: 64, begin: 0, end: 12, source: "scratchpad 0" },
    ]);
    expect(machine.statisticsText()).toContain("Vector units: 2, 1 operations, 12 elements");
    expect(machine.componentStatusText()).toContain("[1] idle, 8 elements a cycle, queue 0, 1 operations");
  });

  it("has the same times without values", () => {
    const issue = (machine: Machine): number => {
      machine.vector(0).softmax(row);
      machine.vector(0).reduce({ ...row, reduction: "mean" });
      machine.runUntilIdle();
      return machine.cycle;
    };
    expect(issue(new Machine({ timingOnly: true }))).toBe(issue(new Machine()));
  });

  it("interpolates in tables where it is configured to", () => {
    const results = (functions: "exact" | "table"): readonly number[] => {
      const machine = new Machine({ vectorUnits: { functions, tableSize: 16, tableRange: 4 } });
      machine.scratchpad(0).writeFloat32(0, Float32Array.of(-6, 0.3, 1.1, 9));
      machine.vector(0).activation({ ...row, activation: "sigmoid" });
      machine.runUntilIdle();
      return [...machine.scratchpad(0).readFloat32(64, 4)];
    };
    const [exact, table] = [results("exact"), results("table")];
    expect(table).not.toEqual(exact);
    expect([table[0], table[3]]).toEqual([1 / (1 + Math.exp(4)), 1 / (1 + Math.exp(-4))].map(Math.fround));
    for (const place of [1, 2]) expect(Math.abs((table[place] ?? 0) - (exact[place] ?? 0))).toBeLessThan(0.004);
  });

  it("refuses what cannot be, and queues nothing", () => {
    const machine = new Machine();
    const unit = machine.vector(0);
    const refused: readonly (readonly [() => void, string, string])[] = [
      [() => machine.vector(2), "KPU_COMPONENT_ID", "vector unit 2"],
      [() => unit.softmax({ ...row, scratchpad: 5 }), "KPU_COMPONENT_ID", "scratchpad"],
      [() => unit.softmax({ ...row, rows: 0 }), "KPU_DIMENSION", "the number of rows"],
      [() => unit.softmax({ ...row, cols: 1.5 }), "KPU_DIMENSION", "the number of columns"],
      [
        () => unit.softmax({ ...row, source: 65_532 }),
        "KPU_ADDRESS_RANGE",
        "the source (4 float32, 16 bytes) at offset 0xfffc",
      ],
      [() => unit.activation({ ...row, bias: -4 }), "KPU_ADDRESS_RANGE", "bias"],
      [() => unit.layerNorm({ ...row, beta: 65_532 }), "KPU_ADDRESS_RANGE", "beta"],
      [() => unit.rmsNorm({ ...row, epsilon: -1 }), "KPU_ARGUMENT", "epsilon"],
      [() => unit.activation({ ...row, activation: "leaky_relu", slope: Number.NaN }), "KPU_ARGUMENT", "slope"],
      [() => Reflect.apply(unit.activation, unit, [{ ...row, activation: "rulo" }]), "KPU_ARGUMENT", "'relu'"],
      [
        () => Reflect.apply(unit.elementwise, unit, [{ ...row, operator: "add", operand: {} }]),
        "KPU_ARGUMENT",
        "operand",
      ],
    ];
    for (const [call, code, words] of refused) {
      expect(call).toThrow(KpuError);
      expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
    }
    expect([unit.queueLength, machine.isIdle]).toEqual([0, true]);
    expect(() => new Machine({ vectorUnits: { width: 0, tableSize: 100 } })).toThrow(
      "vector_unit_width is 0: it must be at least 1 element a cycle; vector_table_size is 100: it must be a power of two",
    );
  });

  it("drops the work of a tile's vector unit with the tile's", () => {
    const machine = new Machine();
    machine.vector(0).softmax(row);
    machine.vector(0).softmax(row);
    machine.step();
    machine.tile(0).reset();
    expect([machine.vector(0).isBusy, machine.isIdle]).toEqual([false, true]);
    machine.runUntilIdle();
    expect(machine.scratchpad(0).readFloat32(64, 4)).toEqual(new Float32Array(4));
  });
});
