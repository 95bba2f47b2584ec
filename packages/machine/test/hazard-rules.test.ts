import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest } from "./machine-under-test.ts";

interface Move {
  readonly engine: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** Between offsets of bank 0 and scratchpad 0: 135 cycles for up to 100 bytes. */
function load(machine: MachineUnderTest, { engine, from, to, bytes }: Move): void {
  machine
    .dma(engine)
    .transfer({ source: machine.external(0).base + from, destination: machine.scratchpad(0).base + to, bytes });
}

function store(machine: MachineUnderTest, { engine, from, to, bytes }: Move): void {
  machine
    .dma(engine)
    .transfer({ source: machine.scratchpad(0).base + from, destination: machine.external(0).base + to, bytes });
}

describe.each(implementations)("hazards (rule 21), $name", ({ create }) => {
  it("are recorded with who, which bytes and which cycles", () => {
    const machine = create();
    load(machine, { engine: 0, from: 0, to: 16, bytes: 32 });
    machine.step(50);
    store(machine, { engine: 1, from: 40, to: 4096, bytes: 64 });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([
      {
        kind: "read-after-write",
        earlier: { sequence: 0, unit: "dma 0" },
        later: { sequence: 1, unit: "dma 1" },
        address: machine.scratchpad(0).base + 40,
        bytes: 8,
        fromCycle: 50,
        untilCycle: 135,
      },
    ]);
  });

  it("have one record per kind", () => {
    const machine = create();
    load(machine, { engine: 0, from: 0, to: 0, bytes: 64 });
    store(machine, { engine: 1, from: 0, to: 0, bytes: 64 });
    machine.runUntilIdle();
    expect(machine.hazards.map((hazard) => hazard.kind).sort()).toEqual(["read-after-write", "write-after-read"]);
    const copies = create();
    for (const engine of [0, 1]) {
      const [source, destination] = [copies.external(0).base, copies.external(0).base + 32];
      copies.dma(engine).transfer({ source, destination, bytes: 64 });
    }
    copies.runUntilIdle();
    const kinds = copies.hazards.map((hazard) => [hazard.kind, hazard.bytes]).sort();
    expect(kinds).toEqual([
      ["read-after-write", 32],
      ["write-after-read", 32],
      ["write-after-write", 64],
    ]);
  });

  it("end with the earlier of the two completions", () => {
    const machine = create({ dmaEngines: { count: 3 } });
    load(machine, { engine: 0, from: 0, to: 0, bytes: 10_000 });
    machine.step(3);
    machine.blockMover(0).transfer({ source: machine.l2(0).base, destination: machine.scratchpad(0).base, bytes: 64 });
    machine.runUntilIdle();
    expect(machine.hazards.map(({ kind, fromCycle, untilCycle }) => [kind, fromCycle, untilCycle])).toEqual([
      ["write-after-write", 3, 18],
    ]);
  });

  it("do not come from queued work, nor from work that completes as the other starts", () => {
    const machine = create();
    load(machine, { engine: 0, from: 0, to: 0, bytes: 100 });
    load(machine, { engine: 0, from: 0, to: 0, bytes: 100 });
    machine.step(135);
    store(machine, { engine: 1, from: 512, to: 4096, bytes: 100 });
    machine.step(10);
    machine.runUntil(270);
    store(machine, { engine: 1, from: 0, to: 8192, bytes: 100 });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([]);
  });

  it("do not come from no bytes, from one transfer alone, nor from reads of the same bytes", () => {
    const machine = create();
    const base = machine.external(0).base;
    machine.dma(0).transfer({ source: base, destination: base + 8, bytes: 64 });
    machine.dma(1).transfer({ source: base, destination: base + 8, bytes: 0 });
    machine.blockMover(0).transfer({ source: base + 256, destination: base + 512, bytes: 64 });
    machine.blockMover(1).transfer({ source: base + 256, destination: base + 1024, bytes: 64 });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([]);
  });

  it("count a matrix product with each of its operands", () => {
    const machine = create();
    machine.tile(1).matmul({ scratchpad: 0, m: 2, n: 2, k: 2, a: 0, b: 16, c: 32 });
    load(machine, { engine: 0, from: 0, to: 8, bytes: 32 });
    machine.runUntilIdle();
    const base = machine.scratchpad(0).base;
    const records = machine.hazards.map(({ kind, earlier, address, bytes, untilCycle }) => [
      kind,
      earlier.unit,
      address - base,
      bytes,
      untilCycle,
    ]);
    expect(records.sort()).toEqual([
      ["write-after-read", "tile 1", 16, 16, 32],
      ["write-after-read", "tile 1", 8, 8, 32],
      ["write-after-write", "tile 1", 32, 8, 32],
    ]);
  });

  it("are not looked for when the policy is off", () => {
    const machine = create({ hazardPolicy: "off" });
    load(machine, { engine: 0, from: 0, to: 0, bytes: 64 });
    load(machine, { engine: 1, from: 0, to: 0, bytes: 64 });
    machine.runUntilIdle();
    expect(machine.hazards).toEqual([]);
  });

  it("surface from the run call under the policy raise, after the later work has started", () => {
    const machine = create({ hazardPolicy: "raise" });
    machine.external(0).write(0, Uint8Array.of(5));
    load(machine, { engine: 0, from: 64, to: 0, bytes: 64 });
    machine.step(20);
    load(machine, { engine: 1, from: 0, to: 0, bytes: 64 });
    expect(() => machine.runUntilIdle()).toThrow();
    expect([machine.cycle, machine.dma(1).isBusy]).toEqual([20, true]);
    // It has read its source.
    machine.external(0).write(0, Uint8Array.of(6));
    machine.runUntilIdle();
    expect([machine.cycle, machine.scratchpad(0).read(0, 1)]).toEqual([155, Uint8Array.of(5)]);
  });

  it("are recorded at the functional level between works of one round", () => {
    const machine = create({ fidelity: "functional" });
    machine.step(4);
    load(machine, { engine: 0, from: 0, to: 0, bytes: 64 });
    load(machine, { engine: 1, from: 0, to: 32, bytes: 64 });
    load(machine, { engine: 1, from: 0, to: 0, bytes: 64 });
    machine.runUntilIdle();
    expect(
      machine.hazards.map(({ kind, bytes, fromCycle, untilCycle }) => [kind, bytes, fromCycle, untilCycle]),
    ).toEqual([["write-after-write", 32, 4, 4]]);
  });
});
