import { Machine } from "kpu-sim";
import { describe, expect, test } from "vitest";
import { ChangeScan, type ScanRequest } from "../engine/change-scan.ts";
import { Session } from "../engine/session.ts";
import { TraceStore } from "../state/trace-store.ts";
import { bounded, bytesPerMapRow, changedWindow, moved, wholeWindow, zoomed } from "./address-window.ts";
import { placeAt, plot, runsOf } from "./map-drawing.ts";
import { cellRows } from "./number-cells.ts";
import { writesInto } from "./writes.ts";

/** Two transfers into scratchpad 0, one behind the other, and one elsewhere. */
function traced(): { readonly machine: Machine; readonly trace: TraceStore; readonly region: number } {
  const machine = new Machine();
  machine.startTrace();
  const source = machine.external(0).base;
  const [destination, elsewhere] = [machine.scratchpad(0).base, machine.l3(0).base];
  machine.dma(0).transfer({ source, destination, bytes: 1024 });
  machine.dma(0).transfer({ source, destination: destination + 1024, bytes: 1024 });
  machine.dma(1).transfer({ source: machine.external(1).base, destination: elsewhere, bytes: 64 });
  machine.runUntilIdle();
  const trace = new TraceStore(machine.traceOrigin().units.length);
  trace.append(machine.trace.columns());
  return { machine, trace, region: machine.scratchpad(0).region };
}

describe("writesInto", () => {
  test("finds the work that wrote into a memory, with its time and its unit", () => {
    const { trace, region } = traced();
    const { columns, cycles, events } = writesInto(trace, region, { begin: 0, end: 290 }, 100);
    expect(columns).toEqual([
      { begin: 0, end: 145, unit: 0, members: [1] },
      { begin: 145, end: 290, unit: 0, members: [2] },
    ]);
    expect([...cycles]).toEqual([0, 145, 290]);
    expect(events).toBe(2);
  });

  test("leaves out what completed outside the range, and puts several into a column where there are too many", () => {
    const { trace, region } = traced();
    expect(writesInto(trace, region, { begin: 145, end: 1000 }, 100).events).toBe(1);
    expect(writesInto(trace, region, { begin: 0, end: 1000 }, 1).columns).toEqual([
      { begin: 0, end: 290, unit: 0, members: [1, 2] },
    ]);
  });
});

test("a scan of a run says which rows changed at which completion", () => {
  const session = new Session({ title: "", config: {}, program: { kind: "transfer", bytes: 1024 } });
  while (!session.advance(1000).isFinished);
  const request: ScanRequest = {
    memory: "scratchpad",
    id: 0,
    offset: 512,
    bytes: 1024,
    bytesPerRow: 256,
    cycles: Float64Array.of(0, 144, 145),
  };
  const scan = new ChangeScan(request, (...place) => session.bytesAt(...place));
  const first = scan.advance(() => false);
  expect(first).toEqual({ first: 0, cells: new Uint8Array(4), isLast: false });
  const second = scan.advance(() => true);
  expect(second).toMatchObject({ first: 1, isLast: true });
  // Bytes 512 to 1023 are a ramp modulo 251, which has a zero now and then; what lies behind stays as it was.
  expect([...second.cells].map((share) => share > 250)).toEqual([true, true, false, false]);
  expect([...second.cells].slice(2)).toEqual([0, 0]);
});

describe("address windows", () => {
  test("stay within the memory", () => {
    expect(wholeWindow(2 ** 32)).toEqual({ offset: 0, bytes: 2 ** 20 });
    expect(bounded({ offset: -5, bytes: 1 }, 1024)).toEqual({ offset: 0, bytes: 64 });
    expect(bounded({ offset: 5000, bytes: 5000 }, 1024)).toEqual({ offset: 0, bytes: 1024 });
    expect(moved({ offset: 0, bytes: 256 }, 0.5, 1024)).toEqual({ offset: 128, bytes: 256 });
    expect(moved({ offset: 768, bytes: 256 }, 0.5, 1024)).toEqual({ offset: 768, bytes: 256 });
  });

  test("keep the place that is zoomed to", () => {
    expect(zoomed({ offset: 0, bytes: 1024 }, 0.5, 1, 4096)).toEqual({ offset: 512, bytes: 512 });
    expect(zoomed({ offset: 512, bytes: 512 }, 2, 1, 4096)).toEqual({ offset: 0, bytes: 1024 });
  });

  test("have at most 192 rows", () => {
    for (const bytes of [64, 1000, 65_536, 2 ** 20]) {
      expect(bytes / bytesPerMapRow({ offset: 0, bytes })).toBeLessThanOrEqual(192);
    }
  });

  test("fit what changed", () => {
    const request: ScanRequest = {
      memory: "l2",
      id: 0,
      offset: 1024,
      bytes: 1024,
      bytesPerRow: 256,
      cycles: Float64Array.of(0, 1),
    };
    const map = { request, rows: 4, known: 1, isComplete: true };
    expect(changedWindow({ ...map, cells: Uint8Array.of(0, 0, 3, 0) }, 65_536)).toEqual({ offset: 1536, bytes: 272 });
    expect(changedWindow({ ...map, cells: new Uint8Array(4) }, 65_536)).toBeUndefined();
  });
});

test("points of the map are addresses and cycles", () => {
  const frame = { width: 400, height: 200, window: { offset: 256, bytes: 1024 }, begin: 100, end: 300 };
  expect(placeAt(frame, { x: plot.left, y: plot.top })).toEqual({ offset: 256, cycle: 100 });
  expect(placeAt(frame, { x: 1000, y: 1000 })).toEqual({ offset: 1279, cycle: 300 });
});

test("runs of changed rows carry the largest share in them", () => {
  expect([...runsOf(Uint8Array.of(9, 0, 51, 255, 0, 102), 1, 5)]).toEqual([
    { first: 1, count: 2, level: 1 },
    { first: 4, count: 1, level: 0.4 },
  ]);
});

describe("cellRows", () => {
  const bytes = new Uint8Array(Float32Array.of(1.5, -2, 1e-9, 0, 7).buffer);

  test("shows numbers of a format, with the address of each row", () => {
    expect(
      cellRows(bytes, undefined, 64, "float32").map(({ offset, cells }) => [offset, ...cells.map(({ text }) => text)]),
    ).toEqual([
      [64, "1.5", "-2", "1.000e-9", "0"],
      [80, "7"],
    ]);
    expect(
      cellRows(bytes, undefined, 0, "hex")[0]
        ?.cells.slice(0, 4)
        .map(({ text }) => text),
    ).toEqual(["00", "00", "c0", "3f"]);
    expect(cellRows(Uint8Array.of(0xc0, 0x3f), undefined, 0, "bfloat16")[0]?.cells[0]?.text).toBe("1.5");
    expect(cellRows(Uint8Array.of(0xff), undefined, 0, "int8")[0]?.cells[0]?.text).toBe("-1");
  });

  test("marks numbers of which any byte is another one than before", () => {
    const before = bytes.slice();
    before[6] = 1;
    const changed = (format: "float32" | "hex") =>
      cellRows(bytes, before, 0, format)[0]?.cells.map(({ isChanged }) => isChanged);
    expect(changed("float32")).toEqual([false, true, false, false]);
    expect(changed("hex")?.indexOf(true)).toBe(6);
  });
});
