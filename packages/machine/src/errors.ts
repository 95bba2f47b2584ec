/**
 * What a caller can do about an error. The Python modules map each kind to the built-in exception that users
 * of such a binding catch: index - IndexError, value - ValueError, type - TypeError, runtime - RuntimeError,
 * overflow - OverflowError, shape - ValueError and RuntimeError, config - ValueError.
 */
export type ErrorKind = "index" | "value" | "type" | "runtime" | "overflow" | "shape" | "config";

/** The stable codes of errors; a code never changes its meaning. */
export type ErrorCode =
  | "KPU_ADDRESS_UNMAPPED"
  | "KPU_ADDRESS_RANGE"
  | "KPU_COMPONENT_ID"
  | "KPU_SIZE"
  | "KPU_DIMENSION"
  | "KPU_GEOMETRY"
  | "KPU_ARGUMENT"
  | "KPU_PAST"
  | "KPU_TYPE"
  | "KPU_CONFIG"
  | "KPU_REACH"
  | "KPU_BUSY"
  | "KPU_TIMING_ONLY"
  | "KPU_IN_CALLBACK"
  | "KPU_HAZARD"
  | "KPU_DEADLOCK";

const kindOfCode: Readonly<Record<ErrorCode, ErrorKind>> = {
  KPU_ADDRESS_UNMAPPED: "index",
  KPU_ADDRESS_RANGE: "index",
  KPU_COMPONENT_ID: "index",
  KPU_SIZE: "value",
  KPU_DIMENSION: "value",
  KPU_GEOMETRY: "value",
  KPU_ARGUMENT: "value",
  KPU_PAST: "value",
  KPU_TYPE: "type",
  KPU_CONFIG: "config",
  KPU_REACH: "runtime",
  KPU_BUSY: "runtime",
  KPU_TIMING_ONLY: "runtime",
  KPU_IN_CALLBACK: "runtime",
  KPU_HAZARD: "runtime",
  KPU_DEADLOCK: "runtime",
};

/** The facts of an error in plain data, for programs; the message says the same for people. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Every refusal of the simulator. The machine is as it was before the refused call. */
export class KpuError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = "KpuError";
    this.code = code;
    this.kind = kindOfCode[code];
    this.details = details;
  }
}

/** An address or offset as people read it: `0x180100000`; negative or fractional ones stay visible. */
export function hex(address: number): string {
  if (!Number.isInteger(address)) return String(address);
  return address < 0 ? `-0x${(-address).toString(16)}` : `0x${address.toString(16)}`;
}

/** A half-open byte range as people read it. */
export function hexRange(start: number, bytes: number): string {
  return `[${hex(start)}, ${hex(start + bytes)})`;
}

/** Refuses what is not a whole number from `least` on, with the code that fits the argument's role. */
export function requireWhole(
  value: number,
  what: string,
  code: ErrorCode,
  least: number = 0,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number") {
    throw new KpuError("KPU_TYPE", `${what} must be a whole number, got ${typeof value}`, { what });
  }
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new KpuError(code, `${what} must be a whole number ${range}, got ${value}`, { what, value: String(value) });
  }
  return value;
}

/** Refuses a callback that cannot be called. */
export function requireFunction(onComplete: unknown): void {
  if (onComplete === undefined || typeof onComplete === "function") return;
  throw new KpuError("KPU_TYPE", `onComplete must be a function, got ${typeof onComplete}`);
}
