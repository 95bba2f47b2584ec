export type { TraceSink } from "./byte-output.ts";
export { recordingOf, type TraceEnding, type TraceRecording, type TraceRows } from "./recording.ts";
export { type TraceFilter, type TraceReason, traceReasons } from "./trace-filter.ts";
export { type TraceFormat, traceFormatNamed, traceFormatOf, traceFormats, traceSuffixes } from "./trace-format.ts";
export { traceHandle, traceIndexOf } from "./trace-handle.ts";
export {
  queryTrace,
  type TraceOrder,
  type TraceQuery,
  type TraceSelection,
  type TraceSlice,
  traceOrders,
  traceSlice,
} from "./trace-query.ts";
export { summarizeTrace, type TraceGroup, type TraceGrouping, traceGroupings } from "./trace-summary.ts";
export { TraceWriter, traceFile } from "./trace-writer.ts";
