import type { FrameReader } from "./frame-reader.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { jsonObjectOf } from "./json-object.ts";
import { operations } from "./protocol.ts";
import type { SimulatorSession } from "./simulator-session.ts";

/** Traces, checkpoints and history: the operations that answer nothing. False for all others. */
export function changeObserving(operation: number, { machine, kept }: SimulatorSession, reader: FrameReader): boolean {
  switch (operation) {
    case operations.startTrace:
      machine.startTrace({ mostEvents: reader.f64() });
      return true;
    case operations.stopTrace:
      machine.stopTrace();
      return true;
    case operations.closeTrace:
      kept.closeTrace(reader.u32());
      return true;
    case operations.checkpoint:
      kept.takeCheckpoint(reader.u32());
      return true;
    case operations.restore:
      kept.restore(reader.u32());
      return true;
    case operations.dropCheckpoint:
      kept.dropCheckpoint(reader.u32());
      return true;
    case operations.startHistory:
      // A frame that ends before the distance leaves it to the machine.
      machine.startHistory({ checkpointEveryEvents: reader.left > 0 ? reader.f64() : undefined });
      return true;
    case operations.stopHistory:
      machine.stopHistory();
      return true;
    case operations.rewind:
      machine.rewindTo(reader.f64());
      return true;
    default:
      return false;
  }
}

/** The operations on traces that have an answer; it is written here. False for all others, and without a simulator. */
export function answerObserving(
  operation: number,
  session: SimulatorSession | undefined,
  reader: FrameReader,
  writer: FrameWriter,
): boolean {
  if (session === undefined) return false;
  const { kept } = session;
  if (operation === operations.openTrace) writer.json(session.status, kept.openTrace(reader.u32()));
  else if (operation === operations.readTrace) {
    const [number, column] = [reader.u32(), reader.u8()];
    writer.bytes(session.status, kept.traceBytes(number, column, reader.f64(), reader.f64()));
  } else if (operation === operations.openTraceFile) {
    kept.files.open(reader.u32(), session.machine, jsonObjectOf(reader.rest()));
    writer.none(session.status);
  } else if (operation === operations.readTraceFile) {
    writer.bytes(session.status, kept.files.next(reader.u32()));
  } else return false;
  return true;
}
