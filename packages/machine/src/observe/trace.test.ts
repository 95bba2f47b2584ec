import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";
import { tile } from "../movement/geometry.ts";
import { chunkEvents } from "./trace-chunk.ts";

/** A pipeline of one transfer and one product: the product waits for the transfer. */
function pipeline(): Machine {
  const machine = new Machine();
  const arrived = machine.semaphore("arrived");
  const [source, destination] = [machine.external(0).base, machine.scratchpad(1).base];
  machine.dma(0).transfer({ source, destination, bytes: 1024, signal: [arrived] });
  machine.tile(1).matmul({ scratchpad: 1, m: 16, n: 16, k: 16, a: 0, b: 1024, c: 2048, waitFor: [arrived] });
  return machine;
}

/** Short transfers, one after the other. */
function issueTransfers(machine: Machine, count: number, bytes = 0): void {
  const { base } = machine.scratchpad(0);
  for (let index = 0; index < count; index++) machine.dma(0).transfer({ source: base, destination: base, bytes });
}

describe("a trace", () => {
  test("is empty before it is started, and has every completed piece of work then", () => {
    const machine = pipeline();
    expect([machine.trace.length, machine.isTracing, [...machine.trace]]).toEqual([0, false, []]);
    machine.startTrace();
    machine.runUntilIdle();
    expect(machine.isTracing).toBe(true);
    expect([...machine.trace]).toEqual([
      {
        unit: "dma 0",
        operation: "transfer",
        source: "external bank 0",
        destination: "scratchpad 1",
        bytes: 1024,
        begin: 0,
        end: 145,
        waitedCycles: 0,
        cause: "none",
        slowedByPorts: false,
        producer: undefined,
      },
      {
        unit: "tile 1",
        operation: "product",
        source: "scratchpad 1",
        destination: "scratchpad 1",
        bytes: 3072,
        begin: 145,
        end: 191,
        waitedCycles: 145,
        cause: "data",
        slowedByPorts: false,
        producer: 0,
      },
    ]);
    expect(() => machine.trace.event(2)).toThrow("the trace has no event 2: it has 2");
  });

  test("tells strided transfers, space that came last, and shared ports", () => {
    const machine = new Machine();
    const [full, empty] = [machine.semaphore("full"), machine.semaphore("empty", 0, "space")];
    const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
    const layout = tile({ rows: 32, cols: 32, sourceRowStride: 256 });
    machine.startTrace();
    machine.dma(0).transfer({ source, destination, layout, waitFor: [full, empty] });
    machine.runUntil(5);
    full.signal();
    machine.runUntil(8);
    empty.signal();
    machine.dma(1).transfer({ source, destination: destination + 8192, bytes: 4096 });
    machine.runUntilIdle();
    expect([...machine.trace].map(({ operation, cause, waitedCycles }) => [operation, cause, waitedCycles])).toEqual([
      ["strided-transfer", "space", 8],
      ["transfer", "none", 0],
    ]);
    expect([...machine.trace].map(({ slowedByPorts }) => slowedByPorts)).toEqual([true, true]);
  });

  test("knows whose credit came last, also among many of one cycle", () => {
    const machine = new Machine({ dmaEngines: { count: 80 } });
    const { base } = machine.scratchpad(0);
    const credits = Array.from({ length: 40 }, (_, id) => machine.semaphore(`credit ${id}`));
    const late = machine.semaphore("late");
    machine.startTrace();
    for (const [id, credit] of credits.entries()) {
      machine.dma(id).transfer({ source: base, destination: base, bytes: 0, signal: [credit] });
      machine.dma(79 - id).transfer({ source: base, destination: base, bytes: 0, waitFor: [credit], signal: [late] });
    }
    machine.dma(0).transfer({ source: base, destination: base, bytes: 0, waitFor: [{ semaphore: late, count: 40 }] });
    machine.runUntilIdle();
    const events = [...machine.trace];
    const producers = events.map(({ producer }) => (producer === undefined ? undefined : events[producer]?.unit));
    expect(new Set(producers.slice(0, 40))).toEqual(new Set([undefined]));
    expect(producers.slice(40, 80)).toEqual(events.slice(40, 80).map((_, id) => `dma ${id}`));
    // All of one cycle give the same semaphore; the first of them wakes who waits, and finds all there.
    expect(events[80]).toMatchObject({ begin: 20, producer: 40 });
    expect(machine.trace.columns(79).producer).toEqual(Int32Array.of(39, 40));
  });

  test("knows nobody who gave a credit before it began, or from outside", () => {
    const machine = pipeline();
    machine.startTrace();
    machine.runUntil(150);
    machine.startTrace();
    const given = machine.semaphore("given");
    const { base } = machine.scratchpad(0);
    machine.dma(0).transfer({ source: base, destination: base, bytes: 0, waitFor: [given] });
    machine.step();
    given.signal();
    machine.runUntilIdle();
    expect([...machine.trace].map(({ cause, producer }) => [cause, producer])).toEqual([
      ["data", undefined],
      ["data", undefined],
    ]);
  });

  test("keeps who gave credits in checkpoints", () => {
    const machine = pipeline();
    machine.startTrace();
    machine.runUntil(145);
    const checkpoint = machine.checkpoint();
    machine.reset();
    machine.restore(checkpoint);
    machine.runUntilIdle();
    expect([...machine.trace].map(({ producer }) => producer)).toEqual([undefined, 0]);
  });

  test("gives the columns of a part", () => {
    const machine = new Machine();
    issueTransfers(machine, chunkEvents + 3);
    machine.startTrace();
    machine.runUntilIdle();
    const { trace } = machine;
    const [all, part] = [trace.columns(), trace.columns(chunkEvents - 2, chunkEvents + 1)];
    expect(part.begin).toEqual(all.begin.subarray(chunkEvents - 2, chunkEvents + 1));
    expect(part.unit).toEqual(all.unit.subarray(chunkEvents - 2, chunkEvents + 1));
    expect(trace.columns(5, 5).end).toHaveLength(0);
    expect(() => trace.columns(3, chunkEvents + 4)).toThrow(RangeError);
    expect(() => trace.columns(3, 2)).toThrow("the trace has no events 3 to 2");
  });

  test("gives whole columns across chunks", () => {
    const machine = new Machine();
    const count = 2 * chunkEvents + 3;
    issueTransfers(machine, count);
    machine.startTrace();
    machine.runUntilIdle();
    const { trace } = machine;
    const { begin, end, unit, source, destination, operation, cause } = trace.columns();
    expect(trace.length).toBe(count);
    expect(end).toEqual(Float64Array.from({ length: count }, (_, index) => 10 * (index + 1)));
    expect(begin).toEqual(end.map((cycle) => cycle - 10));
    expect([...unit, ...operation, ...cause].every((code) => code === 0)).toBe(true);
    const scratchpad = trace.regionNames.indexOf("scratchpad 0");
    expect([...source, ...destination].every((region) => region === scratchpad)).toBe(true);
    expect(trace.event(count - 1)).toMatchObject({ begin: end[count - 2], end: end[count - 1] });
    expect(trace.bytesPerEvent).toBe(24);
  });

  test("counts what does not fit", () => {
    const machine = new Machine();
    issueTransfers(machine, 10);
    machine.startTrace({ mostEvents: 4 });
    machine.runUntilIdle();
    expect([machine.trace.length, machine.trace.dropped, machine.trace.mostEvents]).toEqual([4, 6, 4]);
    expect(() => machine.startTrace({ mostEvents: 0 })).toThrow("mostEvents must be a whole number from 1");
  });

  test("stops, and starts anew without touching the one before", () => {
    const machine = new Machine();
    issueTransfers(machine, 3);
    machine.startTrace();
    machine.runUntil(10);
    machine.stopTrace();
    machine.runUntil(20);
    const first = machine.trace;
    expect(first.length).toBe(1);
    machine.startTrace();
    machine.runUntilIdle();
    expect([first.length, machine.trace.length]).toEqual([1, 1]);
    expect(machine.trace.event(0).begin).toBe(20);
    machine.reset();
    expect([machine.trace.length, machine.isTracing]).toEqual([0, true]);
  });

  test("keeps numbers beyond 32 bits exactly", () => {
    const machine = new Machine({
      externalMemory: { bandwidthGbps: 0.5, latencyCycles: 1, bankCapacityMb: 2 ** 13, bankCount: 1 },
      hostMemory: { latencyCycles: 1 },
    });
    const bytes = 2 ** 32 + 7;
    const never = machine.semaphore("never");
    const [host, bank] = [machine.host(0).base, machine.external(0).base];
    machine.startTrace();
    machine.dma(0).transfer({ source: bank, destination: bank, bytes: 0 });
    machine.dma(0).transfer({ source: bank, destination: bank, bytes });
    machine.dma(1).transfer({ source: host, destination: host, bytes: 0, waitFor: [never] });
    machine.runUntil(2 ** 40);
    never.signal();
    machine.runUntilIdle();
    const events = [...machine.trace];
    expect(events).toMatchObject([
      { begin: 0, end: 2 },
      { begin: 2, end: 2 + 2 + 4 * bytes - 1, bytes },
      { begin: 2 ** 40, end: 2 ** 40 + 2, waitedCycles: 2 ** 40, cause: "data" },
    ]);
    const columns = machine.trace.columns();
    expect([columns.begin[2], columns.waitedCycles[2], columns.bytes[1]]).toEqual([2 ** 40, 2 ** 40, bytes]);
  });

  test("has wider columns for machines of very many memories", () => {
    const machine = new Machine({ scratchpads: { count: 70_000, capacityKb: 1 } });
    const { base } = machine.scratchpad(69_999);
    machine.startTrace();
    machine.dma(0).transfer({ source: base, destination: base, bytes: 4 });
    machine.runUntilIdle();
    expect(machine.trace.event(0)).toMatchObject({ source: "scratchpad 69999", destination: "scratchpad 69999" });
    expect(machine.trace.bytesPerEvent).toBe(30);
  });
});
