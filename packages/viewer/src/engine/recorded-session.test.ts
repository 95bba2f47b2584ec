import { Machine, recordingOf, tiledMatmul, traceFile } from "kpu-sim";
import { expect, test } from "vitest";
import { RecordedSession } from "./recorded-session.ts";

function recorded(): { machine: Machine; bytes: Uint8Array } {
  const machine = new Machine({ timingOnly: true });
  machine.startTrace();
  tiledMatmul(machine, { m: 64, n: 64, k: 64 });
  const bytes = Uint8Array.from([...traceFile(recordingOf(machine), "kputrace")].flatMap((piece) => [...piece]));
  return { machine, bytes };
}

test("a trace file is shown as the run that it was", () => {
  const { machine, bytes } = recorded();
  const session = new RecordedSession("run.kputrace", bytes);
  const slice = session.advance();
  expect(slice).toMatchObject({ isFinished: true, latestCycle: machine.cycle, done: machine.trace.length });
  expect(slice.columns).toEqual(machine.trace.columns());
  expect(session.statisticsAt()).toEqual(machine.statistics());
  expect(session.description.origin).toEqual(machine.traceOrigin());
  expect(session.bytesAt()).toHaveLength(0);
});

test("damaged files and others are refused", () => {
  const { bytes } = recorded();
  expect(() => new RecordedSession("short", bytes.subarray(0, bytes.length - 5))).toThrow(/offset/);
  expect(
    () => new RecordedSession("none", new TextEncoder().encode("hello, this is a text and no trace file at all")),
  ).toThrow(/no .kputrace file/);
});
