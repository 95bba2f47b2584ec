import type { Machine } from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceBytes } from "../../../test/trace-bytes.ts";
import { tracedPipeline, tracedTraffic, traffic } from "../../../test/traced-machines.ts";
import { recordingOf } from "../recording.ts";
import { utf8Text } from "../utf8.ts";

type Entry = {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id: number;
  readonly cat: string;
  readonly bp?: string;
  readonly args: Readonly<Record<string, string | number | boolean>>;
};

function entriesOf(machine: Machine): readonly Entry[] {
  const file = JSON.parse(utf8Text(traceBytes(recordingOf(machine), "chrome")));
  expect(Object.keys(file)).toEqual(["displayTimeUnit", "otherData", "traceEvents"]);
  return file.traceEvents;
}

/** Names of lanes as the file gives them: by process and thread. */
function laneNames(entries: readonly Entry[]): ReadonlyMap<string, unknown> {
  const named = entries.filter(({ ph, name }) => ph === "M" && name === "thread_name");
  return new Map(named.map(({ pid, tid, args }) => [`${pid} ${tid}`, args["name"]]));
}

/** Compares a file of a machine of so many GHz with its trace. */
function compare(machine: Machine): void {
  const entries = entriesOf(machine);
  const lanes = laneNames(entries);
  const clock = BigInt(Math.round(100 * machine.config.clockGhz));
  const picoseconds = (cycle: number): bigint => (BigInt(cycle) * 100_000n) / clock;
  const microseconds = (cycle: number): number => Number(picoseconds(cycle)) / 1e6;
  const slices = entries.filter(({ ph }) => ph === "X");
  const work = slices.filter(({ cat }) => cat === "work");
  const events = [...machine.trace];
  const bases = new Map(
    machine.traceOrigin().memories.map(({ name, base }) => [name, `${name} at 0x${base.toString(16)}`]),
  );
  expect(work.map(({ name, pid, tid, args }) => [name, lanes.get(`${pid} ${tid}`), args])).toEqual(
    events.map(
      ({ unit, operation, source, destination, bytes, begin, end, waitedCycles, cause, slowedByPorts }, event) => [
        operation,
        unit,
        {
          event,
          bytes,
          source: bases.get(source),
          destination: bases.get(destination),
          begin_cycle: begin,
          end_cycle: end,
          ...(cause === "none" ? {} : { waited_cycles: waitedCycles, cause }),
          ...(slowedByPorts ? { slowed_by_ports: true } : {}),
        },
      ],
    ),
  );
  for (const [index, { begin, end }] of events.entries()) {
    expect(work[index]?.ts).toBe(microseconds(begin));
    expect(work[index]?.dur).toBe(Number(picoseconds(end) - picoseconds(begin)) / 1e6);
  }
  const waiting = slices.filter(({ cat }) => cat === "wait");
  expect(waiting.map(({ name, ts, pid, tid }) => [name, ts, lanes.get(`${pid} ${tid}`)])).toEqual(
    events
      .filter(({ waitedCycles }) => waitedCycles > 0)
      .map(({ cause, begin, waitedCycles, unit }) => [`wait for ${cause}`, microseconds(begin - waitedCycles), unit]),
  );
  // Arrows: each has one start, in the producer's slice, and one end, in that of who waited.
  const starts = new Map(entries.filter(({ ph }) => ph === "s").map((entry) => [entry.id, entry]));
  const ends = entries.filter(({ ph }) => ph === "f");
  expect(ends).toHaveLength(starts.size);
  const arrows = ends.map((end) => {
    const start = starts.get(end.id);
    expect(end.bp).toBe("e");
    return [lanes.get(`${start?.pid} ${start?.tid}`), start?.ts, lanes.get(`${end.pid} ${end.tid}`), end.ts];
  });
  expect(arrows).toEqual(
    events.flatMap(({ producer, unit, begin }) => {
      const from = producer === undefined ? undefined : events[producer];
      return from === undefined ? [] : [[from.unit, microseconds(from.begin), unit, microseconds(begin)]];
    }),
  );
}

describe("Chrome's JSON", () => {
  test("has every event of a pipeline, with waits and arrows", () => {
    compare(tracedPipeline());
    compare(tracedPipeline(3, { clockGhz: 1.5 }));
    compare(tracedPipeline(3, { clockGhz: 0.8 }));
  });

  test("has every event of any traffic", () => {
    fc.assert(
      fc.property(traffic, fc.constantFrom(1, 1.25, 0.7), (each, clockGhz) =>
        compare(tracedTraffic(each, { clockGhz })),
      ),
      {
        numRuns: 50,
      },
    );
  });

  test("has an arrow to each of several that wait for one", () => {
    const machine = tracedTraffic({ engines: 4, transfers: [] });
    const { base } = machine.scratchpad(0);
    const many = machine.semaphore("many");
    const order = { source: base, destination: base, bytes: 64 };
    for (const id of [1, 2, 3]) machine.dma(id).transfer({ ...order, waitFor: [many] });
    machine.dma(0).transfer({ ...order, signal: [{ semaphore: many, count: 3 }] });
    machine.runUntilIdle();
    expect(machine.trace.columns().producer).toEqual(Int32Array.of(-1, 0, 0, 0));
    compare(machine);
  });

  test("has processes and threads with names, in order", () => {
    const entries = entriesOf(tracedPipeline(1));
    const processes = entries.filter(({ name }) => name === "process_name").map(({ pid, args }) => [pid, args["name"]]);
    expect(processes).toEqual([
      [1, "DMA engines"],
      [4, "Compute tiles"],
      [6, "Load"],
    ]);
    expect([...laneNames(entries)]).toEqual([
      ["1 0", "dma 0"],
      ["1 1", "dma 1"],
      ["4 0", "tile 0"],
      ["4 1", "tile 1"],
    ]);
    for (const { ph, pid, name, ts, args } of entries) {
      expect("MXsfC").toContain(ph);
      expect([typeof pid, typeof name]).toEqual(["number", "string"]);
      if (ph !== "M") expect(ts).toBeGreaterThanOrEqual(0);
      if (ph === "C") expect(Object.values(args).every((value) => typeof value === "number")).toBe(true);
    }
  });

  test("has nothing but its frame for an empty trace", () => {
    const entries = entriesOf(tracedTraffic({ engines: 1, transfers: [] }));
    expect(entries.map(({ name }) => name)).toEqual(["process_name", "process_sort_index", "process_labels"]);
  });
});
