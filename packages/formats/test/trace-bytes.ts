import { type TraceFormat, type TraceRecording, TraceWriter } from "../src/index.ts";

/** A whole file in one piece. */
export function traceBytes(recording: TraceRecording, format: TraceFormat): Uint8Array {
  const pieces: Uint8Array[] = [];
  new TraceWriter(recording, format, (piece) => pieces.push(piece)).end();
  return joined(pieces);
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
