import { describe, expect, test } from "vitest";
import { Machine } from "../machine.ts";
import type { TraceColumns } from "./trace.ts";
import type { TraceFacts } from "./trace-facts.ts";
import { type TraceToJudge, traceProblems } from "./trace-problems.ts";

/** Two transfers on one engine and one beside them on the same ports, a product after a wait; and the facts about them. */
function traced(): { readonly trace: TraceToJudge; readonly facts: TraceFacts; readonly columns: TraceColumns } {
  const machine = new Machine();
  const arrived = machine.semaphore("arrived");
  const [source, destination] = [machine.external(0).base, machine.scratchpad(0).base];
  machine.startTrace();
  machine.dma(0).transfer({ source, destination, bytes: 1024 });
  machine.dma(0).transfer({ source, destination: destination + 1024, bytes: 2048, signal: [arrived] });
  machine.dma(1).transfer({ source, destination: destination + 4096, bytes: 4096 });
  machine.tile(0).matmul({ scratchpad: 0, m: 16, n: 16, k: 16, a: 0, b: 1024, c: 2048, waitFor: [arrived] });
  machine.runUntilIdle();
  return { trace: machine.trace, facts: machine.traceFacts(), columns: machine.trace.columns() };
}

/** The same trace with some columns changed. */
function doctored(change: (columns: TraceColumns) => Partial<TraceColumns>): readonly string[] {
  const { trace, facts, columns } = traced();
  const wrong: TraceToJudge = {
    length: trace.length,
    unitNames: trace.unitNames,
    regionNames: trace.regionNames,
    columns: () => ({ ...columns, ...change(columns) }),
  };
  return traceProblems(wrong, facts);
}

function withValue(column: Float64Array, index: number, value: number): Float64Array {
  return column.with(index, value);
}

describe("problems of a trace", () => {
  test("there are none in one that the machine made", () => {
    const { trace, facts } = traced();
    expect(trace.columns().unit).toHaveLength(4);
    expect(traceProblems(trace, facts)).toEqual([]);
  });

  test("work that ends before it begins, or before the work listed above it", () => {
    expect(doctored(({ begin, end }) => ({ begin: withValue(begin, 0, (end[0] ?? 0) + 1) }))).toContainEqual(
      expect.stringContaining("ends before it begins"),
    );
    expect(doctored(({ begin }) => ({ begin: withValue(begin, 0, -1) }))).toContainEqual(
      expect.stringContaining("begins before cycle 0"),
    );
    expect(doctored(({ end }) => ({ end: withValue(end, 3, (end[2] ?? 0) - 1) }))).toContainEqual(
      expect.stringContaining("listed after one that ends later"),
    );
  });

  test("a producer that ends at another time than the work begins, or of work that did not wait", () => {
    const product = (columns: TraceColumns): number => columns.producer.findIndex((event) => event >= 0);
    expect(doctored((columns) => ({ producer: columns.producer.with(product(columns), 0) }))).toContainEqual(
      expect.stringMatching(/begins at cycle \d+, but its producer, 0, ends at/),
    );
    expect(doctored((columns) => ({ producer: columns.producer.with(product(columns), 3) }))).toContainEqual(
      expect.stringContaining("but its producer, 3"),
    );
    expect(doctored(({ cause }) => ({ cause: new Uint8Array(cause.length) }))).toContainEqual(
      expect.stringContaining("but did not wait"),
    );
  });

  test("a unit that does two things at once", () => {
    const problems = doctored(({ begin, end, unit }) => {
      const second = unit.lastIndexOf(0);
      return { begin: withValue(begin, second, (end[unit.indexOf(0)] ?? 0) - 1) };
    });
    expect(problems).toContainEqual(expect.stringMatching(/dma 0.* overlaps the unit's work before it/));
  });

  test("a wait that was longer than its unit was free", () => {
    const problems = doctored(({ waitedCycles, unit }) => ({
      waitedCycles: withValue(waitedCycles, unit.lastIndexOf(0), 1),
    }));
    expect(problems).toContainEqual(expect.stringContaining("waited 1 cycles, longer than its unit was free"));
  });

  test("bytes that are not those of the statistics, if the trace covers everything", () => {
    const problems = doctored(({ bytes }) => ({ bytes: withValue(bytes, 0, 1023) }));
    expect(problems).toEqual([
      "external bank 0 has 7167 B in the trace, 7168 B in the statistics",
      expect.stringContaining("scratchpad 0 has"),
      "dma 0 has 3071 B in the trace, 3072 B in the statistics",
    ]);
    const { trace, facts } = traced();
    expect(
      traceProblems(trace, { ...facts, completed: 5, regions: facts.regions.map((each) => ({ ...each })) }),
    ).toEqual([]);
  });

  test("a transfer that took less than its latency and its bytes need", () => {
    const problems = doctored(({ begin, unit }) => {
      const event = unit.indexOf(0);
      return { begin: withValue(begin, event, (begin[event] ?? 0) + 30) };
    });
    expect(problems).toContainEqual(expect.stringContaining("and cannot take less than 145"));
  });

  test("a port that moves more than it can in some span of cycles", () => {
    const machine = new Machine({ externalMemory: { latencyCycles: 0 }, scratchpads: { latencyCycles: 0 } });
    const { base } = machine.scratchpad(0);
    machine.startTrace();
    for (const engine of [0, 1]) {
      machine.dma(engine).transfer({ source: machine.external(0).base, destination: base, bytes: 10_000 });
    }
    machine.runUntilIdle();
    const facts = machine.traceFacts();
    expect(traceProblems(machine.trace, facts)).toEqual([]);
    // Each is long enough for itself, but both together are not.
    const columns = machine.trace.columns();
    const sooner = columns.end.map((cycle) => cycle - 70);
    const wrong = { length: 2, unitNames: machine.trace.unitNames, regionNames: machine.trace.regionNames };
    expect(traceProblems({ ...wrong, columns: () => ({ ...columns, end: sooner }) }, facts)).toEqual([
      expect.stringMatching(/the port of external bank 0 moves 20000 B in cycles 0 to \d+, and cannot move more/),
    ]);
  });
});
