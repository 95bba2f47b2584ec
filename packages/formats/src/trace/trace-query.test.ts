import type { TraceEvent } from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceBytes } from "../../test/trace-bytes.ts";
import { tracedPipeline, tracedTraffic, traffic } from "../../test/traced-machines.ts";
import { readTrace } from "./compact/trace-reader.ts";
import { recordingOf } from "./recording.ts";
import type { TraceFilter } from "./trace-filter.ts";
import { traceHandle, traceIndexOf } from "./trace-handle.ts";
import { queryTrace, traceOrders, traceSlice } from "./trace-query.ts";
import { summarizeTrace, traceGroupings } from "./trace-summary.ts";

const machine = tracedPipeline();
const recording = recordingOf(machine);
const events = [...machine.trace];

function handlesOf(where: TraceFilter): readonly string[] {
  return queryTrace(recording, { where }).slices.map(({ handle }) => handle);
}

function expected(fits: (event: TraceEvent, index: number) => boolean): readonly string[] {
  return events.flatMap((event, index) => (fits(event, index) ? [traceHandle(index)] : []));
}

describe("a filter", () => {
  test.each<[string, TraceFilter, (event: TraceEvent, index: number) => boolean]>([
    ["nothing", {}, () => true],
    ["handles", { handles: ["t-3", "t-17"] }, (_, index) => index === 3 || index === 17],
    ["a lane", { lanes: ["tile 1"] }, ({ unit }) => unit === "tile 1"],
    ["lanes of a kind", { lanes: ["dma", "tile 0"] }, ({ unit }) => unit.startsWith("dma") || unit === "tile 0"],
    ["a memory", { memories: ["scratchpad 1"] }, ({ destination }) => destination === "scratchpad 1"],
    ["memories of a kind", { memories: ["external bank"] }, ({ source }) => source.startsWith("external")],
    ["an operation", { operations: ["product"] }, ({ operation }) => operation === "product"],
    ["data", { causes: ["data"] }, ({ cause }) => cause === "data"],
    ["ports", { causes: ["ports"] }, ({ slowedByPorts }) => slowedByPorts],
    ["no cause", { causes: ["none"] }, ({ cause, slowedByPorts }) => cause === "none" && !slowedByPorts],
    [
      "several causes",
      { causes: ["space", "ports"] },
      ({ cause, slowedByPorts }) => cause === "space" || slowedByPorts,
    ],
    ["a span of time", { from: 175, to: 300 }, ({ begin, end }) => end > 175 && begin < 300],
    ["bytes", { leastBytes: 2049, mostBytes: 3072 }, ({ bytes }) => bytes === 3072],
    ["durations", { leastCycles: 100 }, ({ begin, end }) => end - begin >= 100],
    ["waits", { leastWaitedCycles: 47 }, ({ waitedCycles }) => waitedCycles >= 47],
    [
      "all at once",
      { lanes: ["tile"], causes: ["data"], from: 300, leastWaitedCycles: 1 },
      ({ unit, cause, end }) => unit.startsWith("tile") && cause === "data" && end > 300,
    ],
  ])("takes %s", (_, where, fits) => {
    expect(handlesOf(where)).toEqual(expected(fits));
  });

  test.each<[TraceFilter, string]>([
    [{ lanes: ["tiel 1"] }, "the trace has no unit 'tiel 1'; the nearest is 'tile 1'"],
    [{ memories: ["scratchpad 9"] }, "the trace has no memory 'scratchpad 9'"],
    [{ handles: ["t-20"] }, "'t-20' names no event of the trace: events are t-0 to t-19"],
    [{ handles: ["17"] }, "'17' names no event"],
    [{ from: -1 }, "from of a trace filter must be a number from 0, got -1"],
    [{ leastBytes: Number.NaN }, "leastBytes of a trace filter must be a number from 0, got NaN"],
  ])("refuses %o", (where, message) => {
    expect(() => queryTrace(recording, { where })).toThrow(message);
  });
});

describe("a query", () => {
  test("sorts by every figure, both ways, and cuts off", () => {
    fc.assert(
      fc.property(
        traffic,
        fc.constantFrom(...traceOrders),
        fc.boolean(),
        fc.nat(20),
        fc.nat(5),
        (each, sort, descending, limit, offset) => {
          const traced = recordingOf(tracedTraffic(each));
          const { matches, slices } = queryTrace(traced, { sort, descending, limit, offset });
          const all = Array.from({ length: traced.rows.length }, (_, index) => traceSlice(traced, index));
          const figure = (index: number): number => (sort === "handle" ? index : (all[index]?.[sort] ?? 0));
          const order = Array.from(all.keys()).sort(
            (a, b) => (descending ? figure(b) - figure(a) : figure(a) - figure(b)) || a - b,
          );
          expect(matches).toBe(all.length);
          expect(slices).toEqual(order.slice(offset, offset + limit).map((index) => all[index]));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("gives the events as they are, live and from a file", () => {
    const { matches, slices } = queryTrace(recording, { limit: 3 });
    expect(matches).toBe(20);
    for (const [index, { handle, durationCycles, ...event }] of slices.entries()) {
      expect([handle, durationCycles]).toEqual([`t-${index}`, event.end - event.begin]);
      expect(event).toEqual(machine.trace.event(index));
    }
    const table = readTrace(traceBytes(recording, "kputrace"));
    const query = { where: { causes: ["space"] }, sort: "end", descending: true } as const;
    expect(queryTrace(table, query)).toEqual(queryTrace(recording, query));
    expect(traceSlice(table, "t-7")).toEqual(traceSlice(recording, 7));
  });

  test("refuses what it cannot do", () => {
    expect(() => queryTrace(recording, { limit: -1 })).toThrow(
      "the limit of a trace query must be a whole number from 0",
    );
    expect(() => queryTrace(recording, { offset: 0.5 })).toThrow("the offset of a trace query");
    expect(() => traceSlice(recording, 20)).toThrow("'t-20' names no event");
    expect(() => traceIndexOf("t-0", 0)).toThrow("the trace is empty");
  });
});

describe("a summary", () => {
  test("has the sums of its events, by everything", () => {
    for (const by of traceGroupings) {
      const key = by === "lane" ? "unit" : by;
      for (const group of summarizeTrace(recording, by, { from: 200 })) {
        const mine = events.filter((event) => event[key] === group.name && event.end > 200);
        const sum = (figure: (event: TraceEvent) => number): number =>
          mine.reduce((total, event) => total + figure(event), 0);
        expect(group).toEqual({
          name: group.name,
          events: mine.length,
          bytes: sum(({ bytes }) => bytes),
          busyCycles: sum(({ begin, end }) => end - begin),
          waitedCycles: sum(({ waitedCycles }) => waitedCycles),
          slowedByPorts: sum(({ slowedByPorts }) => Number(slowedByPorts)),
          begin: Math.min(...mine.map(({ begin }) => begin)),
          end: Math.max(...mine.map(({ end }) => end)),
        });
      }
    }
  });

  test("has the groups in order, and none without events", () => {
    expect(summarizeTrace(recording, "lane").map(({ name }) => name)).toEqual(["dma 0", "dma 1", "tile 0", "tile 1"]);
    expect(summarizeTrace(recording, "cause").map(({ name }) => name)).toEqual(["none", "data", "space"]);
    expect(summarizeTrace(recording, "operation", { lanes: ["tile"] }).map(({ name }) => name)).toEqual(["product"]);
  });

  test("of lanes is what the statistics say", () => {
    const { dma, tile } = machine.statistics();
    const lanes = summarizeTrace(recording, "lane");
    expect(lanes.map(({ busyCycles }) => busyCycles)).toEqual(
      [dma[0], dma[1], tile[0], tile[1]].map((figures) => figures?.["busyCycles"]),
    );
  });
});
