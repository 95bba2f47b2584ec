import { KpuError } from "@kpu-sim/machine";

/** The short name of an event of a trace: `t-17` is the one with number 17, in order of completion from 0 on. */
export function traceHandle(index: number): string {
  return `t-${index}`;
}

/** The number of the event that a handle names. Errors: KPU_ARGUMENT for what is no handle, or not one of `length` events. */
export function traceIndexOf(handle: string, length: number): number {
  const digits = /^t-(\d{1,15})$/.exec(handle)?.[1];
  const index = Number(digits);
  if (digits !== undefined && index < length) return index;
  const range = length === 0 ? "the trace is empty" : `events are t-0 to t-${length - 1}`;
  throw new KpuError("KPU_ARGUMENT", `'${handle.slice(0, 64)}' names no event of the trace: ${range}`);
}
