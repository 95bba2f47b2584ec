import { KpuError } from "@kpu-sim/machine";

/** The callback on the other side raised; its exception waits there. */
export class CallbackRaised extends Error {}

/** An error as it goes over the wire; what is no refusal is a fault of this program. */
export function describeError(error: unknown): unknown {
  const fromCallback = error instanceof CallbackRaised;
  if (error instanceof KpuError) {
    const { code, kind, message, details } = error;
    return { code, kind, message, details, fromCallback };
  }
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  return { code: "KPU_INTERNAL", kind: "internal", message, details: {}, fromCallback, stack };
}
