import { crc32 as zlibCrc32 } from "node:zlib";
import { type Machine, MachineGroup, type TraceColumns, TraceLinks, traceProblems } from "@kpu-sim/machine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joined, traceBytes } from "../../../test/trace-bytes.ts";
import { tracedPipeline, tracedTraffic, traffic } from "../../../test/traced-machines.ts";
import { recordingOf, type TraceRecording } from "../recording.ts";
import { TraceWriter, traceFile } from "../trace-writer.ts";
import { crc32 } from "./checksum.ts";
import { fileVersion } from "./file-layout.ts";
import { upgraded, upgraders } from "./file-texts.ts";
import { readTrace, TraceReader } from "./trace-reader.ts";

function roundTrip(machine: Machine): void {
  const recording = recordingOf(machine);
  const table = readTrace(traceBytes(recording, "kputrace"));
  expect(table.columns()).toEqual(machine.trace.columns());
  expect(table.origin).toEqual(machine.traceOrigin());
  expect(table.ending()).toEqual(recording.ending());
  expect([table.length, table.dropped]).toEqual([machine.trace.length, machine.trace.dropped]);
}

/** A recording with columns made up: figures that no run of a test reaches. */
function madeUp(recording: TraceRecording, columns: TraceColumns): TraceRecording {
  const part = (first = 0, end = columns.begin.length): TraceColumns => ({
    begin: columns.begin.slice(first, end),
    end: columns.end.slice(first, end),
    waitedCycles: columns.waitedCycles.slice(first, end),
    bytes: columns.bytes.slice(first, end),
    unit: columns.unit.slice(first, end),
    source: columns.source.slice(first, end),
    destination: columns.destination.slice(first, end),
    operation: columns.operation.slice(first, end),
    cause: columns.cause.slice(first, end),
    slowedByPorts: columns.slowedByPorts.slice(first, end),
    producer: columns.producer.slice(first, end),
  });
  return {
    ...recording,
    rows: { length: columns.begin.length, settled: columns.begin.length, dropped: 0, columns: part },
  };
}

const large = fc.oneof(fc.nat(3), fc.nat(70_000), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 45 + 1));

describe("a compact file", () => {
  test("gives back any trace", () => {
    fc.assert(fc.property(traffic, (each) => roundTrip(tracedTraffic(each))));
  });

  test("gives back a pipeline, one at each other fidelity, and a trace that was full", () => {
    roundTrip(tracedPipeline());
    roundTrip(tracedPipeline(3, { fidelity: "functional" }));
    roundTrip(tracedPipeline(3, { fidelity: "cycle" }));
    const machine = tracedPipeline(1);
    machine.startTrace({ mostEvents: 1 });
    const { base } = machine.scratchpad(0);
    for (let count = 0; count < 3; count++) machine.dma(0).transfer({ source: base, destination: base, bytes: 4 });
    machine.runUntilIdle();
    expect(machine.trace.dropped).toBe(2);
    roundTrip(machine);
  });

  test("gives back figures of all sizes, in blocks that are cut anywhere", () => {
    const recording = recordingOf(tracedPipeline(1));
    const row = fc.record({ later: large, duration: large, waited: large, bytes: large, code: fc.nat(1000) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), fc.constantFrom(1, 100, 200), (rows, repeats) => {
        const all = Array.from({ length: repeats }, () => rows).flat();
        let end = 2 ** 47;
        const ends = Float64Array.from(all, ({ later }) => (end += later % 2 ** 33));
        const columns: TraceColumns = {
          end: ends,
          begin: ends.map((cycle, index) => cycle - (all[index]?.duration ?? 0)),
          waitedCycles: Float64Array.from(all, ({ waited }) => waited),
          bytes: Float64Array.from(all, ({ bytes }) => bytes),
          unit: Uint32Array.from(all, ({ code }) => code % recording.origin.units.length),
          source: Uint32Array.from(all, ({ code }) => code % recording.origin.memories.length),
          destination: Uint32Array.from(all, ({ code }) => (code * 7) % recording.origin.memories.length),
          operation: Uint8Array.from(all, ({ code }) => code % 9),
          cause: Uint8Array.from(all, ({ code }) => code % 3),
          slowedByPorts: Uint8Array.from(all, ({ code }) => code % 2),
          producer: Int32Array.from(all, ({ code }, index) =>
            code % 2 === 0 ? -1 : Math.floor(index / 2) - (index < 2 ? 1 : 0),
          ),
        };
        const table = readTrace(traceBytes(madeUp(recording, columns), "kputrace"));
        expect(table.columns()).toEqual(columns);
        const [first, last] = [Math.floor(all.length / 3), Math.ceil((2 * all.length) / 3)];
        expect(table.columns(first, last)).toEqual(madeUp(recording, columns).rows.columns(first, last));
      }),
      { numRuns: 60 },
    );
  });

  test("is the same however it is written, and can be read in pieces of any size", () => {
    const machine = tracedPipeline(1);
    const { base } = machine.scratchpad(0);
    machine.startTrace();
    for (let count = 0; count < 9000; count++) {
      machine.dma(count % 2).transfer({ source: base, destination: base, bytes: count });
    }
    const live: Uint8Array[] = [];
    const writer = new TraceWriter(recordingOf(machine), "kputrace", (piece) => live.push(piece));
    while (!machine.runSlice({ rounds: 700 })) writer.write();
    expect(writer.written).toBe(8192);
    writer.end();
    const whole = traceBytes(recordingOf(machine), "kputrace");
    expect(joined(live)).toEqual(whole);
    expect(joined([...traceFile(recordingOf(machine), "kputrace")])).toEqual(whole);
    for (const size of [1, 7, 1000, 2 ** 20]) {
      const reader = new TraceReader();
      for (let at = 0; at < whole.length; at += size) reader.push(whole.subarray(at, at + size));
      expect(reader.events).toBe(9000);
      expect(reader.end().columns()).toEqual(machine.trace.columns());
    }
    expect(() => writer.end()).toThrow("has been ended");
  });

  test("has all machines of a group", () => {
    const group = new MachineGroup({
      machines: [{}, { l2Banks: { count: 3 } }],
      hostLink: { latencyCycles: 1, bandwidthGbps: 32 },
    });
    const [first, second] = [group.machine(0), group.machine(1)];
    first.startTrace();
    second.dma(1).transfer({ source: second.host(0).base, destination: second.external(1).base, bytes: 64 });
    group.runUntilIdle();
    const recording = recordingOf(first, group.machines);
    const table = readTrace(traceBytes(recording, "kputrace"));
    const [unit, target] = [table.columns().unit[0] ?? 0, table.columns().destination[0] ?? 0];
    expect(table.origin.units[unit]).toMatchObject({ kind: "dma", id: 1, machine: 1 });
    expect(table.origin.memories[target]).toMatchObject({ kind: "external", id: 1, machine: 1 });
    expect(table.ending().statistics).toEqual(group.machines.map((each) => each.statistics()));
    expect(table.origin.configs.map((config) => config["l2_bank_count"])).toEqual([8, 3]);
    expect(table.origin).toEqual(first.traceOrigin());
    const links = new TraceLinks(table.origin);
    const [source = 0] = table.columns().source;
    const passed = Array.from(links.passedBy(unit, source, target), (place) => links.links[place]?.name);
    expect(passed).toEqual(["KPU 1 link from host"]);
  });

  test("is a trace that can be judged", () => {
    const machine = tracedPipeline();
    expect(traceProblems(readTrace(traceBytes(recordingOf(machine), "kputrace")), machine.traceFacts())).toEqual([]);
  });

  test("refuses to be asked for events that it does not have", () => {
    const table = readTrace(traceBytes(recordingOf(tracedPipeline(1)), "kputrace"));
    expect(() => table.columns(0, 5)).toThrow("the trace has no events 0 to 5: it has 4");
    expect(table.columns(2, 2).begin).toHaveLength(0);
  });
});

describe("versions", () => {
  test("have an upgrader each, but for the present one", () => {
    expect(upgraders).toHaveLength(fileVersion - 1);
  });

  test("are brought up step by step", () => {
    const steps = ["b", "c"].map((letter) => (kind: string, json: unknown) => `${String(json)} ${kind} ${letter}`);
    expect(upgraded("a", "header", 1, steps)).toBe("a header b header c");
    expect(upgraded("a", "ending", 2, steps)).toBe("a ending c");
    expect(upgraded("a", "ending", 3, steps)).toBe("a");
  });
});

test("the checksum is that of zlib, also in two parts", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(70), (bytes, cut) => {
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlibCrc32(bytes));
    }),
  );
});
