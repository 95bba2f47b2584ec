import { Machine, type TraceOrigin } from "kpu-sim";
import { describe, expect, test } from "vitest";
import { TraceStore } from "../state/trace-store.ts";
import { flowWidth, levelLoad, momentOf, workText } from "./activity.ts";
import { diagramOf, mostBoxes } from "./places.ts";

function traced(machine: Machine): { readonly trace: TraceStore; readonly origin: TraceOrigin } {
  machine.runUntilIdle();
  const origin = machine.traceOrigin();
  const trace = new TraceStore(origin.units.length);
  trace.append(machine.trace.columns());
  return { trace, origin };
}

describe("diagramOf", () => {
  test("gives every memory and every unit a box, in rows from the host to the arrays", () => {
    const origin = new Machine().traceOrigin();
    const { rows, placeOfMemory, placeOfUnit } = diagramOf(origin);
    expect(rows.map(({ kind }) => kind)).toEqual([
      "host",
      "external",
      "dma",
      "l3",
      "blockMover",
      "l2",
      "streamer",
      "scratchpad",
      "tile",
      "vector",
    ]);
    for (const [region, { kind }] of origin.memories.entries()) {
      expect(placeOfMemory[region]).toMatchObject({ kind, isMemory: true });
      expect(placeOfMemory[region]?.members).toContain(region);
    }
    for (const [unit, { kind }] of origin.units.entries())
      expect(placeOfUnit[unit]).toMatchObject({ kind, isMemory: false });
  });

  test("puts 256 tiles into a few boxes that do not overlap", () => {
    const { rows, width } = diagramOf(
      new Machine({ computeTiles: { count: 256 }, scratchpads: { count: 1024 } }).traceOrigin(),
    );
    for (const { places, count } of rows) {
      expect(places.length).toBeLessThanOrEqual(mostBoxes);
      expect(places.reduce((sum, { members }) => sum + members.length, 0)).toBe(count);
      for (const [index, place] of places.entries()) {
        const next = places[index + 1];
        expect(place.x + place.width).toBeLessThanOrEqual(next?.x ?? width);
      }
    }
    const tiles = rows.find(({ kind }) => kind === "tile");
    expect(tiles?.places.map(({ short }) => short).at(-1)).toBe("224–255");
  });

  test("leaves out classes without instances", () => {
    const { rows } = diagramOf(new Machine({ streamers: { count: 0 } }).traceOrigin());
    expect(rows.some(({ kind }) => kind === "streamer")).toBe(false);
  });
});

describe("momentOf", () => {
  test("shows a transfer as a flow through its engine while it runs", () => {
    const machine = new Machine();
    machine.startTrace();
    machine.dma(1).transfer({ source: machine.external(1).base, destination: machine.scratchpad(0).base, bytes: 1024 });
    const { trace, origin } = traced(machine);
    const diagram = diagramOf(origin);
    const { activities, flows, portBytesPerCycle, sharesOf } = momentOf(trace, origin, diagram, 100);
    expect(activities).toMatchObject([{ isWaiting: false, bytes: 1024, begin: 0, end: 145 }]);
    const [activity] = activities;
    expect(activity === undefined ? "" : workText(origin, activity)).toBe("external bank 1 to scratchpad 0, 1024 B");
    expect(flows).toHaveLength(1);
    expect(flows[0]).toMatchObject({ from: { short: "1" }, through: { kind: "dma", short: "1" }, to: { short: "0" } });
    expect(flows[0]?.bytesPerCycle).toBeCloseTo(1024 / 145);
    expect(levelLoad(origin, momentOf(trace, origin, diagram, 100), "external")).toEqual({
      now: 1024 / 145,
      most: 200,
    });
    expect(portBytesPerCycle.reduce((sum, rate) => sum + rate, 0)).toBeCloseTo((2 * 1024) / 145);
    const engine = diagram.placeOfUnit[1];
    expect(engine === undefined ? undefined : sharesOf(engine)).toEqual({ busy: 1, data: 0, space: 0 });
    expect(momentOf(trace, origin, diagram, 145).activities).toEqual([]);
  });

  test("says who waits, and for what", () => {
    const machine = new Machine();
    const full = machine.semaphore("full", 0, "data");
    machine.startTrace();
    const [source, l3, scratchpad] = [machine.external(0).base, machine.l3(0).base, machine.scratchpad(0).base];
    machine.dma(0).transfer({ source, destination: l3, bytes: 256, signal: [{ semaphore: full, count: 1 }] });
    machine
      .dma(1)
      .transfer({ source: l3, destination: scratchpad, bytes: 256, waitFor: [{ semaphore: full, count: 1 }] });
    const { trace, origin } = traced(machine);
    const diagram = diagramOf(origin);
    const moment = momentOf(trace, origin, diagram, 10);
    expect(moment.activities).toMatchObject([{ isWaiting: false }, { isWaiting: true, cause: "data", waitsFrom: 0 }]);
    const engine = diagram.placeOfUnit[1];
    expect(engine === undefined ? undefined : moment.sharesOf(engine)).toEqual({ busy: 0, data: 1, space: 0 });
    expect(moment.flows).toHaveLength(1);
  });
});

test("flowWidth grows with the bytes, within bounds", () => {
  expect(flowWidth(0.01)).toBe(2);
  expect(flowWidth(100)).toBeCloseTo(8);
  expect(flowWidth(100)).toBeGreaterThan(flowWidth(25));
  expect(flowWidth(1e9)).toBe(16);
});
