import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseWorkload, type Workload } from "@kpu-sim/formats";
import { KpuError, Machine } from "@kpu-sim/machine";
import { expect, test } from "vitest";
import { tiledMatmul } from "../tiled-matmul/tiled-matmul.ts";
import { seededOperands } from "./seeded-numbers.ts";
import { runWorkload, type WorkloadResult, WorkloadRun } from "./workload-run.ts";

function example(name: string): Workload {
  const path = fileURLToPath(new URL(`../../../../examples/workloads/${name}.yaml`, import.meta.url));
  return parseWorkload(readFileSync(path, "utf8"), "yaml");
}

function run(workload: Workload): WorkloadResult {
  return runWorkload(new Machine(workload.config ?? {}), workload);
}

function fault(work: () => unknown): KpuError {
  try {
    work();
  } catch (error) {
    if (error instanceof KpuError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** A workload with one area of 4 x 4 in each of three memories, and some steps. */
function small(steps: string, expected = "[]"): Workload {
  return parseWorkload(
    `kind: kpu-workload
version: 1
areas:
  - {name: A, memory: external 0, rows: 4, cols: 4, fill: ramp}
  - {name: B, memory: l1 0, rows: 4, cols: 4, fill: random}
  - {name: C, memory: l1 0, rows: 4, cols: 4}
semaphores: [{name: ready}]
program: ${steps}
expect: ${expected}`,
    "yaml",
  );
}

test.each(["seed_transfer", "double_buffer", "two_layers", "gather", "int8_layer"])("%s does what it says", (name) => {
  const { expectations } = run(example(name));
  expect(expectations.length).toBeGreaterThan(0);
  expect(expectations.filter(({ isMet }) => isMet !== true)).toEqual([]);
});

test("the seed's transfer takes 145 cycles", () => {
  expect(run(example("seed_transfer"))).toMatchObject({ cycles: 145, timeNs: 145, hazards: 0, pieces: 1 });
});

test("double buffering is faster than the same steps one after the other", () => {
  const workload = example("double_buffer");
  const serial = { ...workload, steps: workload.steps.map(oneAfterTheOther) };
  const [overlapped, sequential] = [run(workload), run(serial)];
  expect(sequential.expectations.every(({ isMet }) => isMet)).toBe(true);
  expect(overlapped.cycles).toBeLessThan(0.8 * sequential.cycles);
});

/** A barrier after every step of a loop. */
function oneAfterTheOther(step: Workload["steps"][number]): Workload["steps"][number] {
  if (step.kind !== "repeat") return step;
  return { ...step, steps: step.steps.flatMap((each) => [each, { kind: "drain", line: undefined } as const]) };
}

test("a deadlock ends with a report of who waits for what", () => {
  const error = fault(() => run(example("deadlock")));
  expect(error.code).toBe("KPU_DEADLOCK");
  expect(error.message).toContain("second_done");
});

test("a race gives wrong values, and says so", () => {
  const workload = example("race");
  const machine = new Machine();
  const { hazards, expectations } = runWorkload(machine, workload);
  expect(hazards).toBe(1);
  expect(expectations.every(({ isMet }) => isMet)).toBe(true);
  expect(machine.external(1).readFloat32(0, 64)).toEqual(new Float32Array(64));
});

test("a tiled product is the one of the same sizes, after what came before it", () => {
  const direct = tiledMatmul(new Machine(), { m: 256, n: 256, k: 256, ...seededOperands({ m: 256, n: 256, k: 256 }) });
  const workload = example("tiled");
  expect(run(workload).cycles).toBe(direct.report.cycles);
  const machine = new Machine();
  const first = small("[{transfer: {engine: dma 0, from: A, to: B}}]");
  const before = run(first).cycles;
  const { cycles } = runWorkload(machine, {
    ...workload,
    areas: first.areas,
    steps: [...first.steps, ...workload.steps],
  });
  expect(cycles).toBe(before + direct.report.cycles);
});

test("times are the same without values, and values are not looked at then", () => {
  for (const name of ["double_buffer", "two_layers", "tiled"]) {
    const workload = example(name);
    const timed = runWorkload(new Machine({ ...workload.config, timingOnly: true }), workload);
    expect(timed.cycles).toBe(run(workload).cycles);
    expect(timed.expectations.map(({ isMet }) => isMet)).toEqual(
      workload.expectations.map(({ kind }) => (kind === "cycles" || kind === "hazards" ? true : undefined)),
    );
  }
});

test("slices end where a whole run does, and progress is told", () => {
  const workload = example("double_buffer");
  const sliced = new WorkloadRun(new Machine(), workload);
  let slices = 0;
  while (!sliced.advance(3)) slices++;
  expect(slices).toBeGreaterThan(10);
  expect(sliced.progress).toEqual({ pieces: 25, issued: 25 });
  expect(sliced.finish()).toEqual(run(workload));
});

test("what does not hold is told with what is the case", () => {
  const { expectations } = run(
    small(
      "[{transfer: {engine: dma 0, from: A, to: C}}]",
      "[{area: C, equals: B}, {cycles: [1, 2]}, {hazards: 3}, {area: 'C[1, 0:2]', values: [4, 5.5], tolerance: 0.25}]",
    ),
  );
  expect(expectations.map(({ isMet, found }) => [isMet, found])).toEqual([
    [false, expect.stringMatching(/^\d instead of .* in row 0, column \d$/)],
    [false, expect.stringMatching(/^\d+ cycles$/)],
    [false, "0"],
    [false, "5 instead of 5.5 in row 0, column 1"],
  ]);
});

test.each([
  ["[{transfer: {engine: dma 99, from: A, to: B}}]", "KPU_COMPONENT_ID", /^line 8: .*99/],
  [
    "[{transfer: {engine: dma 0, from: 'A[0:5]', to: B}}]",
    "KPU_GEOMETRY",
    /^line 8: rows of A 0:5 are none: there are 4/,
  ],
  ["[{transfer: {engine: dma 0, from: 'A[0:2]', to: B}}]", "KPU_GEOMETRY", /A gives 2 x 4 float32, B takes 4 x 4/],
  ["[{transfer: {engine: dma 0, from: A, to: B, gather_rows: [0, 4, 1, 1]}}]", "KPU_GEOMETRY", /gather_rows has row 4/],
  ["[{product: {a: A, b: B, c: C}}]", "KPU_REACH", /A lies in external bank 0: operands lie in a scratchpad/],
  ["[{product: {a: 'B[0:2]', b: B, c: C}}]", "KPU_GEOMETRY", /C \(4 x 4\) is no product of B \(2 x 4/],
  ["[{product: {a: 'B[:, 0:2]', b: 'B[0:2]', c: C}}]", "KPU_GEOMETRY", /B is used with some of its columns only/],
  [
    "[{vector: {operation: elementwise, source: B, destination: C, operator: add}}]",
    "KPU_ARGUMENT",
    /needs an operand/,
  ],
  [
    "[{vector: {operation: reduce, source: B, destination: C, reduction: sum}}]",
    "KPU_GEOMETRY",
    /C has 16 elements, the result 4/,
  ],
  ["[{tiled_matmul: {m: 9999, n: 9999, k: 9999, tile_m: 9999}}]", "KPU_DIMENSION", /^line 8: /],
  [
    "[{repeat: {times: 65536, program: [{repeat: {times: 65536, program: [{tiled_matmul: {m: 1, n: 1, k: 1}}]}}]}}]",
    "KPU_SIZE",
    /4294967296 pieces/,
  ],
])("%s is refused", (steps, code, message) => {
  const error = fault(() => run(small(steps)));
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
});

test("an area that leaves its memory, and one in a memory that is not there, are refused before anything is written", () => {
  const machine = new Machine();
  const area = (text: string): Workload =>
    parseWorkload(
      `{kind: kpu-workload, version: 1, areas: [{name: X, cols: 1, fill: ones, memory: l1 1}, ${text}], program: []}`,
      "yaml",
    );
  const large = fault(() => runWorkload(machine, area("{name: A, memory: l1 0, rows: 999, cols: 999}")));
  expect(large.message).toMatch(
    /^line 1: area A \(999 x 999 float32, 3992004 bytes\) at offset 0x0 leaves scratchpad 0/,
  );
  expect(fault(() => runWorkload(machine, area("{name: A, memory: l1 77, cols: 9}"))).code).toBe("KPU_COMPONENT_ID");
  expect(machine.scratchpad(1).readFloat32(0, 1)).toEqual(Float32Array.of(0));
});
