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

/** What an error's code stands for, in one sentence, and what its kind is. */
type ErrorDefinition = { readonly kind: ErrorKind; readonly definition: string };

/** Every code with its meaning; messages say the particulars. */
export const errorDefinitions: Readonly<Record<ErrorCode, ErrorDefinition>> = {
  KPU_ADDRESS_UNMAPPED: { kind: "index", definition: "An address lies in no memory of the machine." },
  KPU_ADDRESS_RANGE: { kind: "index", definition: "A range of bytes leaves the memory in which it begins." },
  KPU_COMPONENT_ID: {
    kind: "index",
    definition: "The machine has no component with this number, or none of its kind.",
  },
  KPU_SIZE: {
    kind: "value",
    definition: "A size, a count or a cycle is no whole number from 0 or 1 on, or too large.",
  },
  KPU_DIMENSION: {
    kind: "value",
    definition: "Sides of a matrix are below 1, do not fit its data, or do not fit into the memories.",
  },
  KPU_GEOMETRY: { kind: "value", definition: "Rows, columns, strides or a layout of a transfer do not fit together." },
  KPU_ARGUMENT: { kind: "value", definition: "An argument has a value that the call does not take." },
  KPU_PAST: { kind: "value", definition: "A run to a cycle that has passed already." },
  KPU_TYPE: { kind: "type", definition: "An argument is of the wrong type." },
  KPU_CONFIG: { kind: "config", definition: "A configuration or a file of one is wrong, or contradicts itself." },
  KPU_REACH: { kind: "runtime", definition: "An engine does not reach a memory under the machine's reach policy." },
  KPU_BUSY: { kind: "runtime", definition: "A unit or the machine has work and takes no more now." },
  KPU_TIMING_ONLY: { kind: "runtime", definition: "The machine simulates times only and holds no values." },
  KPU_IN_CALLBACK: { kind: "runtime", definition: "The call cannot be made out of a completion callback." },
  KPU_HAZARD: {
    kind: "runtime",
    definition: "Work in flight is in conflict over bytes, and the hazard policy is to raise.",
  },
  KPU_DEADLOCK: { kind: "runtime", definition: "All work that is left waits for credits that nobody will give." },
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
    this.kind = errorDefinitions[code].kind;
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
