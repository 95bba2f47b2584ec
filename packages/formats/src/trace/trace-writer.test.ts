import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joined, traceBytes } from "../../test/trace-bytes.ts";
import { tracedPipeline, tracedTraffic, traffic } from "../../test/traced-machines.ts";
import { readTrace } from "./compact/trace-reader.ts";
import { recordingOf } from "./recording.ts";
import { traceFormatNamed, traceFormatOf, traceFormats, traceSuffixes } from "./trace-format.ts";
import { TraceWriter, traceFile } from "./trace-writer.ts";
import { utf8Text } from "./utf8.ts";

/** Comparing byte by byte in the test library takes seconds. */
function sameAs(expected: Uint8Array): (given: Uint8Array) => boolean {
  return (given) => Buffer.compare(given, expected) === 0;
}

describe.each([...traceFormats])("a file of the format %s", (format) => {
  test("is the same when it is written while the machine runs", () => {
    const machine = tracedTraffic({ engines: 4, transfers: [] });
    const { base } = machine.scratchpad(0);
    const turns = [machine.semaphore("left", 2), machine.semaphore("right", 0, "space")];
    for (let count = 0; count < 10_000; count++) {
      const [waitFor, signal] = count % 2 === 0 ? turns : [turns[1], turns[0]];
      if (waitFor === undefined || signal === undefined) continue;
      const order = { source: base, destination: base, bytes: count % 100, waitFor: [waitFor], signal: [signal] };
      machine.dma((count * 7) % 4).transfer(order);
    }
    const live: Uint8Array[] = [];
    const writer = new TraceWriter(recordingOf(machine), format, (piece) => live.push(piece));
    let least = 0;
    while (!machine.runSlice({ rounds: 333 })) {
      writer.write();
      least = Math.max(least, machine.trace.length - machine.trace.settled);
    }
    expect(least).toBeGreaterThan(0);
    expect(writer.written).toBe(8192);
    writer.end();
    expect(joined(live)).toSatisfy(sameAs(traceBytes(recordingOf(machine), format)));
  });

  test("is the same when it is made of the pieces of a compact file", () => {
    fc.assert(
      fc.property(traffic, (each) => {
        const recording = recordingOf(tracedTraffic(each));
        const table = readTrace(traceBytes(recording, "kputrace"));
        expect(traceBytes(table, format)).toSatisfy(sameAs(traceBytes(recording, format)));
      }),
      { numRuns: 20 },
    );
  });

  test("has only the events that were there when its pieces were asked for", () => {
    const machine = tracedPipeline();
    const recording = recordingOf(machine);
    const before = traceBytes(recording, format);
    const ending = recording.ending();
    const file = traceFile({ ...recording, ending: () => ending }, format);
    const first = file.next();
    const { base } = machine.scratchpad(0);
    machine.dma(0).transfer({ source: base, destination: base, bytes: 4 });
    machine.runUntilIdle();
    expect(joined([first.value ?? new Uint8Array(0), ...file])).toEqual(before);
  });
});

test("a trace that is emptied on the way is refused", () => {
  const machine = tracedTraffic({ engines: 1, transfers: [] });
  const { base } = machine.scratchpad(0);
  for (let count = 0; count < 5000; count++) machine.dma(0).transfer({ source: base, destination: base, bytes: 4 });
  machine.runUntilIdle();
  const writer = new TraceWriter(recordingOf(machine), "csv", () => undefined);
  const file = traceFile(recordingOf(machine), "csv");
  writer.write();
  file.next();
  machine.reset();
  expect(() => writer.write()).toThrow("the trace has 0 events, but there were 4096: it was emptied");
  expect(() => writer.end()).toThrow("it was emptied");
  expect(() => file.next()).toThrow("the trace has 0 events, but there were 5000: it was emptied");
});

test("what the sink throws comes through", () => {
  const machine = tracedPipeline();
  const writer = new TraceWriter(recordingOf(machine), "csv", () => {
    throw new Error("the disk is full");
  });
  expect(() => writer.end()).toThrow("the disk is full");
});

test("values are separated by commas", () => {
  const text = utf8Text(traceBytes(recordingOf(tracedPipeline(1)), "csv"));
  expect(text.split("\n")).toEqual([
    "unit,source,destination,begin,end,waited_cycles,bytes,operation,cause,slowed_by_ports",
    "dma 0,external bank 0,scratchpad 0,0,175,0,2048,transfer,none,1",
    "dma 1,external bank 0,scratchpad 1,0,175,0,2048,transfer,none,1",
    "tile 0,scratchpad 0,scratchpad 0,175,221,175,3072,product,data,0",
    "tile 1,scratchpad 1,scratchpad 1,175,221,175,3072,product,data,0",
    "",
  ]);
});

test("numbers of all sizes are written in decimal", () => {
  const machine = tracedTraffic({ engines: 1, transfers: [] });
  const { base } = machine.scratchpad(0);
  const expected: string[] = [];
  for (const cycle of [9, 100, 99_999, 2 ** 31 - 1, 2 ** 31 + 10, 10 ** 10, 2 ** 45 + 1]) {
    machine.runUntil(cycle);
    machine.dma(0).transfer({ source: base, destination: base, bytes: 0 });
    expected.push(`${cycle},${cycle + 10},0`);
    machine.runUntilIdle();
  }
  const lines = utf8Text(traceBytes(recordingOf(machine), "csv"))
    .trim()
    .split("\n")
    .slice(1);
  expect(lines.map((line) => line.split(",").slice(3, 6).join(","))).toEqual(expected);
});

describe("formats", () => {
  test("are known by the ends of names", () => {
    for (const format of traceFormats) {
      for (const suffix of traceSuffixes[format]) expect(traceFormatOf(`a.b/RUN${suffix.toUpperCase()}`)).toBe(format);
    }
    expect(() => traceFormatOf("trace.txt")).toThrow("those end in .kputrace, .pftrace, .perfetto-trace, .json, .csv");
  });

  test("have names", () => {
    expect(traceFormatNamed("chrome")).toBe("chrome");
    expect(() => traceFormatNamed("perfeto")).toThrow("is 'perfetto'");
  });
});
